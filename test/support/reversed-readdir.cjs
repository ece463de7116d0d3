// Preloaded into the CLI: every folder lists its names in the other order.
const fs = require('node:fs');
const real = fs.readdirSync;
fs.readdirSync = (...args) =>
  real(...args)
    .sort()
    .reverse();
require('node:module').syncBuiltinESMExports();
