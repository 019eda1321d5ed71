#!/usr/bin/env node
import 'reflect-metadata';
import { main } from '@sealpost/command-line';
import { program } from './program.js';

await main(program);
