import 'reflect-metadata';
import {
  Body,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  Ip,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiProblems,
  configureHttp,
  createHttpAdapter,
  HttpModule,
  IntegerField,
  LimitParameter,
  Public,
  setupOpenApi,
  toWire,
  UuidField,
} from '../../src/core/http/index.js';
import { DomainError } from '../../src/core/errors.js';

class Note {
  @IntegerField({ description: 'A number.', min: 1, max: 9, example: 3 }) readonly number!: number;
}

class NoteQuery {
  @LimitParameter({ max: 10, default: 5 }) readonly limit: number = 5;
}

class NoteParameters {
  @UuidField({ description: 'The note.' }) readonly id!: string;
}

class BrokenDatabase extends Error {}

@Controller('notes')
class NotesController {
  @Get()
  @Public()
  list(@Query() query: NoteQuery): unknown {
    return toWire({ limit: query.limit, bytes: new Uint8Array([255]), absent: undefined, list: [new Uint8Array(0)] });
  }

  @Post()
  @ApiProblems('request.rate-limited', { code: 'x-notes.full', status: 422 })
  create(@Body() note: Note): Note {
    return note;
  }

  @Post('close')
  close(): string {
    return 'closed';
  }

  @Delete('close')
  closeForGood(): string {
    return 'closed';
  }

  @Get('address')
  address(@Ip() address: string): string {
    return address;
  }

  @Get('limited')
  limited(): never {
    throw new DomainError('request.rate-limited', 'Slow.', { retryAfterSeconds: 1.2 });
  }

  @Get('full')
  full(): never {
    const extensions = { room: 0, status: 200, code: 'other' };
    throw new DomainError({ code: 'x-notes.full', status: 422 }, 'Full.', { pointer: '/number', extensions });
  }

  @Get('login')
  login(): never {
    throw new DomainError('auth.login-refused', 'No.');
  }

  @Get('database')
  database(): never {
    throw new BrokenDatabase();
  }

  @Get('failure')
  failure(): never {
    throw new TypeError('the secret inside');
  }

  @Get('forbidden')
  forbidden(): never {
    throw new ForbiddenException('Not on Sundays.');
  }

  @Get('missing')
  missing(): never {
    throw new NotFoundException('a hint');
  }

  @Get(':id')
  get(@Param() { id }: NoteParameters): string {
    return id;
  }
}

@Module({ imports: [HttpModule], controllers: [NotesController] })
class NotesModule {}

const settings = {
  serviceId: 'notes.example',
  trustedProxies: ['127.0.0.0/8', '::1'],
  bodyLimitBytes: 2048,
  requestTimeoutMs: 5000,
  longPollMaxSeconds: 1,
  corsOrigins: ['https://app.example'],
};

/** The HTTP layer as it is in the server, with a module that fails in every way. */
export class NotesApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  static async start(): Promise<NotesApp> {
    const adapter = createHttpAdapter(settings);
    const quiet: object = { logger: false };
    const app = await NestFactory.create<NestFastifyApplication>(NotesModule, adapter, quiet);
    configureHttp(app, settings, {
      translations: [(error) => (error instanceof BrokenDatabase ? databaseDown() : null)],
    });
    setupOpenApi(app, { publicUrl: undefined });
    await app.listen(0, '127.0.0.1');
    return new NotesApp(app, await app.getUrl());
  }

  async ask(path: string, init: RequestInit = {}): Promise<NotesAnswer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, text, body };
  }
}

export interface NotesAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** JSON where the answer is JSON. */
  readonly body: unknown;
}

function databaseDown(): DomainError {
  return new DomainError('server.unavailable', 'Down.', { retryAfterSeconds: 1 });
}

export function post(
  body: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): RequestInit {
  return { method: 'POST', body, headers };
}
