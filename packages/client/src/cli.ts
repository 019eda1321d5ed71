import { main } from '@sealpost/command-line';
import { program } from './cli/program.js';

await main(program);
