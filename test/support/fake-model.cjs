// A server that speaks like a language model's: answers by a script, and counts. Arguments: the file with the script (a list
// of texts; the last one repeats), the file to which each request is appended. Prints its port.
const { appendFileSync, readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const [, , script, log] = process.argv;
let count = 0;

createServer((request, response) => {
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    appendFileSync(
      log,
      `${JSON.stringify({ url: request.url, headers: request.headers, body: JSON.parse(body) })}\n`,
    );
    const answers = JSON.parse(readFileSync(script, 'utf8'));
    const answer = answers[Math.min(count++, answers.length - 1)];
    const text = answer
      .replace(/REPEAT (\d+)/, (_, times) => 'x'.repeat(Number(times)))
      .replace('LEAK', () => body);
    if (/^STATUS \d+$/.test(text)) {
      response.writeHead(Number(text.slice(7)), { 'content-type': 'application/json' });
      response.end('{"error":{"message":"no"}}');
      return;
    }
    const openai = {
      id: 'a',
      object: 'chat.completion',
      created: 0,
      model: 'fake',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }],
    };
    const anthropic = {
      id: 'a',
      type: 'message',
      role: 'assistant',
      model: 'fake',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.url.endsWith('/messages') ? anthropic : openai));
  });
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
