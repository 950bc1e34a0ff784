// The way to a place in the phone's own map app: Apple's devices do not know geo: and have maps: instead.
export default function navigate(link) {
  const apple = /iP(hone|ad|od)|Macintosh/.test(navigator.userAgent);
  if (apple) link.href = `maps:?daddr=${link.dataset.lat},${link.dataset.lon}&dirflg=d`;
}
