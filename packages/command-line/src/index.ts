export { commandOf, type Command, type ExitCodes, type Failure, type Program } from './command.js';
export { UsageError } from './usage-error.js';
export { main } from './main.js';
export { Output, OutputClosed, timeText, type Streams } from './output.js';
export { flag, many, optional, required, type Given, type Parameter, type Parameters } from './parameters.js';
export { printable } from './printable.js';
export { run } from './run.js';
export { choice, count, duration, file, text, textLike, type ValueType } from './values.js';
