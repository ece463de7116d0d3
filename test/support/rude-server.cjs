// A server between the CLI and a real Qdrant that answers as it is told. A process of its own, since the tests wait for the
// CLI synchronously.
// Usage: node rude-server.cjs <port of the real server> <file with the manner, as JSON> <file that gets a line a request>
const { appendFileSync, readFileSync } = require('node:fs');
const http = require('node:http');

const [, , upstream, mannerFile, log] = process.argv;
let count = 0;

/** Forwards a request, and hands over the whole answer. */
function forward(request, body) {
  return new Promise((resolve, reject) => {
    const out = http.request(
      {
        host: '127.0.0.1',
        port: upstream,
        method: request.method,
        path: request.url,
        headers: { ...request.headers, 'accept-encoding': 'identity' },
      },
      (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(parts) }));
      },
    );
    out.on('error', reject);
    out.end(body);
  });
}

/** The points in an answer to a read, wherever they stand. */
function pointsOf(json) {
  const { result } = json;
  if (Array.isArray(result)) return result;
  return Array.isArray(result?.points) ? result.points : [];
}

const LIES = {
  // Another body under the digest of the first.
  body: (points) => {
    for (const { payload } of points)
      if (payload?.body !== undefined) payload.body = { encoding: 'utf8', data: 'evil' };
  },
  // A header that says something else than was published.
  header: (points) => {
    for (const { payload } of points)
      if (typeof payload?.header === 'string') payload.header = payload.header.replace('"liquid"', '"none"');
  },
  // One point in the place of another.
  twin: (points) => {
    if (points.length > 1 && points[0].payload?.header !== undefined) points[1].payload = points[0].payload;
  },
  type: (points) => {
    for (const { payload } of points) if (payload?.header !== undefined) payload.header = 17;
  },
  nothing: (points) => {
    for (const point of points) if (point.payload?.header !== undefined) point.payload = null;
  },
  traversal: (points) => {
    for (const { payload } of points)
      if (payload?.pattern_id !== undefined) payload.pattern_id = '../../etc/passwd';
  },
  huge: (points) => {
    for (const { payload } of points)
      if (payload?.body !== undefined) payload.body = { encoding: 'utf8', data: 'x'.repeat(50_000_000) };
  },
  controls: (points) => {
    for (const { payload } of points)
      if (payload?.version !== undefined) payload.version = '1.0.0\u001b[2J\u202e';
  },
};

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts);
      count += 1;
      appendFileSync(
        log,
        `${JSON.stringify({ method: request.method, url: request.url, key: request.headers['api-key'] })}\n`,
      );
      const manner = JSON.parse(readFileSync(mannerFile, 'utf8'));
      const after = manner.after ?? 0;
      const active = count > after && count <= after + (manner.times ?? Number.POSITIVE_INFINITY);
      const send = (status, text) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text);
      };
      if (active && manner.kind === 'hang') return;
      if (active && manner.kind === 'reset') {
        request.socket.destroy();
        return;
      }
      if (active && manner.kind === 'status') {
        send(manner.status, JSON.stringify({ status: { error: 'as it was told' }, result: null }));
        return;
      }
      if (active && manner.kind === 'text') {
        send(200, manner.text);
        return;
      }
      if (active && manner.kind === 'redirect') {
        response.writeHead(307, { location: manner.to });
        response.end();
        return;
      }
      if (active && manner.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, manner.ms));
      try {
        const answer = await forward(request, body);
        if (active && manner.kind === 'version' && request.url === '/') {
          send(200, JSON.stringify({ title: 'qdrant - vector search engine', version: manner.version }));
          return;
        }
        if (active && manner.kind === 'truncated') {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(answer.body.subarray(0, Math.floor(answer.body.length / 2)));
          return;
        }
        if (active && manner.kind === 'lie') {
          const json = JSON.parse(answer.body.toString('utf8'));
          LIES[manner.lie](pointsOf(json));
          send(answer.status, JSON.stringify(json));
          return;
        }
        if (active && manner.kind === 'metadata' && /^\/collections\/[^/]+$/.test(request.url)) {
          const json = JSON.parse(answer.body.toString('utf8'));
          if (json.result?.config?.metadata !== undefined)
            Object.assign(json.result.config.metadata, manner.metadata);
          send(answer.status, JSON.stringify(json));
          return;
        }
        send(answer.status, answer.body);
      } catch {
        request.socket.destroy();
      }
    });
  })
  .listen(0, '127.0.0.1', function () {
    process.stdout.write(`${this.address().port}\n`);
  });
