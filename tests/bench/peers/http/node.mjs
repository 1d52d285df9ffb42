// node:http. args: port
import http from 'node:http';
http.createServer((req, res) => {
  if (req.url !== '/') { res.writeHead(404); res.end(); return; }
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 13 });
  res.end('Hello, World!');
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
