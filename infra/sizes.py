"""Zips each file given as Lambda gets it and says how large that is. Fails above 3 MB."""

import io
import sys
import zipfile
from pathlib import Path

LIMIT_BYTES = 3_000_000

too_large = False
for path in map(Path, sys.argv[1:]):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    size = len(packed.getvalue())
    too_large |= size > LIMIT_BYTES
    print(f"{path.parent.name:<10} {size / 1e6:.2f} MB zipped{'  over the limit' if size > LIMIT_BYTES else ''}")
sys.exit(too_large)
