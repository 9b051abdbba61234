"""tuspy, driven by one JSON argument: sends a file to an endpoint, with a sum for each chunk, stops in the middle, and goes on.

{endpoint, token, path, chunk, stop_at?, resume?, metadata}: prints {url, offset}.
"""

import json
import sys

from tusclient import client

order = json.loads(sys.argv[1])
tus = client.TusClient(order["endpoint"], headers={"Authorization": "Bearer " + order["token"]})
uploader = tus.uploader(
    order["path"],
    chunk_size=order["chunk"],
    url=order.get("resume"),
    metadata=order["metadata"],
    upload_checksum=True,
)
uploader.upload(stop_at=order.get("stop_at"))
print(json.dumps({"url": uploader.url, "offset": uploader.offset}))
