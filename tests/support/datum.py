"""WGS-84 ⇄ GCJ-02: conversion for display only; everything stored is WGS-84."""

from math import cos, pi, sin, sqrt

AXIS_M = 6_378_245.0
ECCENTRICITY = 0.006_693_421_622_965_943


def _outside(lon: float, lat: float) -> bool:
    return not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271)


def _wave(x: float, first: float, second: float, third: float) -> float:
    return (first * sin(x * pi) + second * sin(x / third * pi)) * 2 / 3


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """How far GCJ-02 lies from WGS-84 here, in degrees."""
    x, y = lon - 105, lat - 35
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += _wave(x, 20, 40, 3) + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += _wave(y, 20, 40, 3) + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    angle = lat / 180 * pi
    magic = 1 - ECCENTRICITY * sin(angle) ** 2
    d_lat = north * 180 / (AXIS_M * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * pi)
    d_lon = east * 180 / (AXIS_M / sqrt(magic) * cos(angle) * pi)
    return d_lon, d_lat


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Longitude and latitude (degrees) as a GCJ-02 map draws them."""
    if _outside(lon, lat):
        return lon, lat
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """The WGS-84 position of a point picked on a GCJ-02 map, by fixed-point iteration (< 1e-9°)."""
    if _outside(lon, lat):
        return lon, lat
    x, y = lon, lat
    for _ in range(6):
        d_lon, d_lat = _shift(x, y)
        x, y = lon - d_lon, lat - d_lat
    return x, y
