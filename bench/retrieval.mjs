// Measures how well searches find: see retrieval.ts.
//   node bench/retrieval.mjs [corpus folder…]
import { runBundled } from './bundled.mjs';

await runBundled('retrieval');
