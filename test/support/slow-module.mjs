// An additional module in plain JavaScript: a route that answers only once a file exists, one that counts who waits, and
// one that makes an error which nobody handles.
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Headers, Module } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../dist/core/http/index.js';

const LOOK_MS = 20;
let waiting = 0;

class SlowController {
  /** @param {string} file */
  async wait(file) {
    waiting += 1;
    while (!existsSync(file)) await sleep(LOOK_MS);
    waiting -= 1;
    return { waited: true };
  }

  count() {
    return { waiting };
  }

  fail() {
    setImmediate(() => {
      throw new Error('nobody handles this');
    });
  }
}

const prototype = SlowController.prototype;
decorate(Get('wait'), 'wait');
decorate(Get('count'), 'count');
decorate(Get('fail'), 'fail');
Headers('x-wait-for-file')(prototype, 'wait', 0);
for (const decorator of [Controller('slow'), Public(), ApiExcludeController()]) decorator(SlowController);

/**
 * @param {MethodDecorator} decorator
 * @param {'wait' | 'count' | 'fail'} name
 */
function decorate(decorator, name) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor !== undefined) decorator(prototype, name, descriptor);
}

export default class SlowModule {}
Module({ controllers: [SlowController] })(SlowModule);
