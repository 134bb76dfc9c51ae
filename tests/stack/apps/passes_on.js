// SPDX-License-Identifier: MIT
// A service in node that asks another for each request, over at most MOST kept connections.
// usage: node passes_on.js PORT UPSTREAM_PORT MOST
const http = require('http');
const [port, upstream, most] = process.argv.slice(2).map(Number);
const agent = new http.Agent({keepAlive: true, maxSockets: most});

http.createServer((request, response) => {
  const options = {host: '127.0.0.1', port: upstream, path: request.url, agent};
  http.get(options, (answer) => {
    response.writeHead(answer.statusCode);
    answer.pipe(response);
  }).on('error', () => {
    response.writeHead(502);
    response.end();
  });
}).listen(port, '127.0.0.1', 511);
