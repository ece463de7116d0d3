import { pascalCase, snakeCase } from '../canon/letter-case.ts';
import pluralize from 'pluralize';

/** Words that schemas carry beside the name of what they describe, as in `PetResponse` or `CreatePet`. */
const VARIANT_PREFIX =
  /^(?:Create|Update|New|Patch|Put|Post|Add|Edit|Upsert|Replace|Insert|Partial|Base)(?=[A-Z])/;
const VARIANT_SUFFIX =
  /(?:Create|Update|New|Patch|Input|In|Request|Req|RequestBody|Body|Payload|Write|Params|Attributes|Base|Partial|Dto|DTO|Form)$/;
const READ_SUFFIX =
  /(?:Read|Response|Resp|Res|Dto|DTO|Out|Output|Schema|Model|Entity|Resource|Details?|View)$/;
const MAX_NAME = 50;

/** A singular name in PascalCase, as entities have them. */
export function entityName(text: string): string {
  const bare = pascalCase(ascii(text)).replace(/[^A-Za-z0-9]/g, '');
  const singular = pascalCase(pluralize.singular(snakeCase(bare))).replace(/[^A-Za-z0-9]/g, '');
  const name = (singular === '' ? bare : singular).slice(0, MAX_NAME);
  if (name === '') return 'Resource';
  return /^[A-Z]/.test(name) ? name : `N${name}`.slice(0, MAX_NAME);
}

/** The name of what is read: `PetResponse` is a `Pet`. */
export function readName(schema: string): string {
  const bare = schema.replace(READ_SUFFIX, '');
  return bare === '' ? schema : bare;
}

/** What a schema for requests is a variant of: `CreatePet`, `PetInput` and `PetUpdateRequest` of `Pet`. */
export function variantOf(schema: string): string {
  let name = readName(schema.replace(VARIANT_PREFIX, ''));
  for (let before = ''; before !== name; ) {
    before = name;
    name = name.replace(VARIANT_SUFFIX, '') || before;
  }
  return name;
}

/** A name in snake_case, as fields and operations have them. */
export function snakeName(text: string): string {
  const name = snakeCase(ascii(text))
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '');
  const short = name.slice(0, MAX_NAME).replace(/_$/, '');
  if (short === '') return 'unnamed';
  return /^[a-z]/.test(short) ? short : `n_${short}`.slice(0, MAX_NAME);
}

/** The name of a project: what a title says, in letters that a folder may have. */
export function slugName(text: string): string {
  const slug = ascii(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME)
    .replace(/-+$/, '');
  return slug === '' ? 'api' : slug;
}

/** Letters and digits alone, for comparing `petId`, `pet_id` and `Pet-ID`. */
export function plainName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

export function pluralOf(name: string): string {
  return pluralize.plural(snakeCase(name));
}

/** The name that an entity has by the component that describes it. */
export function entityOfComponent(component: string): string {
  return entityName(readName(component));
}

/** `item` for children that are called `items`. */
export function childName(children: string): string {
  return pluralize.singular(children);
}

/** Gives out names, each once. */
export class NamePool {
  readonly #taken: Set<string>;

  constructor(reserved: Iterable<string> = []) {
    this.#taken = new Set(reserved);
  }

  /** The name, or the first of `name_2`, `name_3`, … that is free. */
  take(wanted: string, fallback: string = wanted, separator = '_'): string {
    for (const name of [wanted, fallback]) if (this.#claim(name)) return name;
    for (let i = 2; ; i++) {
      const end = `${separator}${i}`;
      const name = `${fallback.slice(0, MAX_NAME - end.length)}${end}`;
      if (this.#claim(name)) return name;
    }
  }

  #claim(name: string): boolean {
    const key = snakeCase(name);
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}

/** Letters without their accents; what has none is left out. */
function ascii(text: string): string {
  return text.normalize('NFKD').replace(/[^\x20-\x7e]/g, '');
}
