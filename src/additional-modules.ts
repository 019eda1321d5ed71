import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AdditionalModule } from './app.module.js';
import { StartError } from './core/start-error.js';

/**
 * Loads the modules that the settings name.
 * @throws StartError which says which one cannot be used, and why
 */
export function loadAdditionalModules(names: readonly string[]): Promise<AdditionalModule[]> {
  return Promise.all(names.map(loadModule));
}

async function loadModule(name: string): Promise<AdditionalModule> {
  const loaded = await importByName(name);
  const module = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (!isModule(module)) {
    throw new StartError(`The additional module ${name} has no Nest module as its default export.`);
  }
  return module;
}

async function importByName(name: string): Promise<unknown> {
  try {
    return (await import(isAbsolute(name) ? pathToFileURL(name).href : name)) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`The additional module ${name} cannot be loaded: ${reason}`, { cause: error });
  }
}

/** A class, or a dynamic module. */
function isModule(value: unknown): value is AdditionalModule {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'module' in value);
}
