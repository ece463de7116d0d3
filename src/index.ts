export { PatternsError } from './model/error.ts';
