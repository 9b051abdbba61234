// tus-js-client, driven by one JSON argument: sends a file to an endpoint, is cut in the middle, and goes on.
//
// {endpoint, token, path, chunk, cut_after?, resume?, metadata}: prints {url} when it was cut, {url, done} when all was sent.
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.env.CLIENTS_PACKAGE)
const tus = require('tus-js-client')
const order = JSON.parse(process.argv[2])

const say = (told) => { console.log(JSON.stringify(told)); process.exit(0) }
const upload = new tus.Upload(createReadStream(order.path), {
    endpoint: order.endpoint,
    uploadUrl: order.resume ?? null,
    headers: { Authorization: `Bearer ${order.token}` },
    chunkSize: order.chunk,
    uploadSize: statSync(order.path).size,
    metadata: order.metadata,
    retryDelays: null,
    onError: (error) => say({ error: String(error) }),
    onSuccess: () => say({ url: upload.url, done: true }),
    onChunkComplete: (_size, accepted) => {
        if (order.cut_after && accepted >= order.cut_after) {
            upload.abort().then(() => say({ url: upload.url, accepted }))
        }
    },
})
if (order.terminate) {
    tus.Upload.terminate(order.terminate, { headers: { Authorization: `Bearer ${order.token}` }, retryDelays: null })
        .then(() => say({ terminated: true }), (error) => say({ error: String(error) }))
} else {
    upload.start()
}
