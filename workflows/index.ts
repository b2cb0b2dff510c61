export { item } from './item.ts';
