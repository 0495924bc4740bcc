"""`helm test`: is the service ready, and does it judge the demo's exchange?"""

import base64
import json
import os
import sys
import urllib.request
from importlib.resources import files

address, sample = sys.argv[1], files("candor") / "samples" / "receipt-lie"
# Never through a proxy: what is tried is in the cluster.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(path, body=None):
    headers = {"content-type": "application/json"}
    if key := os.environ.get("API_KEY"):
        headers["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(address + path, body, headers)
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


print("ready:", ask("/readyz")["status"])
exchange = json.loads((sample / "exchange.json").read_text("utf-8"))
images = [base64.b64encode((sample / name).read_bytes()) for name in exchange["image_files"]]
body = {"prompt": exchange["prompt"], "response": exchange["response"]}
body["images"] = [{"data": data.decode()} for data in images]
verdict = ask("/v1/monitor", json.dumps(body).encode())
print("outcome:", verdict["outcome"], "action:", verdict["action"])
# Another policy may be less sure than the embedded one, but never calls this lie honest.
sys.exit(verdict["outcome"] == "non_deceptive")
