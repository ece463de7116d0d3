// Preloaded into the CLI: opening a socket is an error.
const net = require('node:net');
net.Socket.prototype.connect = () => {
  throw new Error('a socket was opened');
};
globalThis.fetch = () => {
  throw new Error('a request was made');
};
