"""What must be true of a store after any accident: every acknowledged filing is there, once, with its photo."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select

from roadworks import create_app
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from tests.support import databases


def check(instance: Path, acknowledged: Iterable[int]) -> int:
    """Open the store as a fresh server would; gives how many defects with a photo it holds."""
    app = create_app(databases.options(instance, DEMO="1"))
    with app.app_context():
        for defect_id in acknowledged:
            defect = db.session.get(Defect, defect_id)
            assert defect is not None, f"lost: {defect_id}"
            assert len(defect.photos) == 1, f"half-written: {defect_id}"
        for photo in db.session.scalars(select(Photo)):
            for key in (photo.key, photo.thumb_key):
                with storage().open(key) as file:
                    Image.open(file).load()
        bare = select(func.count()).select_from(Defect).where(Defect.no_photo_reason.is_(None), ~Defect.photo_lost)
        bare = bare.where(~Defect.photos.any())
        assert db.session.scalar(bare) == 0, "a filing without its photo"
        twice = select(Defect.client_id).group_by(Defect.client_id).having(func.count() > 1)
        assert db.session.scalars(twice).all() == []
        assert list(audit.faults(1)) == []
        found = db.session.scalar(select(func.count(Photo.defect_id.distinct()))) or 0
        db.session.remove()
        db.engine.dispose()
    return found
