// A component's server for benches: answers with what the router told it. Prints its port; ends with its parent.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.setHeader('told', request.headers['x-fox-env'] ?? '');
  response.end('ok');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
