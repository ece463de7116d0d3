import type { Faker } from '@faker-js/faker';

/**
 * Believable texts by kind; `docs/smoke.md` lists them. Where a text must be unique, a number is added to it.
 */
export const FAKE_TEXTS = {
  full_name: (faker) => faker.person.fullName(),
  first_name: (faker) => faker.person.firstName(),
  last_name: (faker) => faker.person.lastName(),
  email: (faker) => faker.internet.email({ provider: 'example.com' }).toLowerCase(),
  user_name: (faker) => faker.internet.username(),
  product_name: (faker) => faker.commerce.productName(),
  product_description: (faker) => faker.commerce.productDescription(),
  company: (faker) => faker.company.name(),
  job: (faker) => faker.person.jobTitle(),
  street: (faker) => faker.location.streetAddress(),
  city: (faker) => faker.location.city(),
  country: (faker) => faker.location.country(),
  postcode: (faker) => faker.location.zipCode(),
  phone: (faker) => faker.phone.number({ style: 'international' }),
  url: (faker) => faker.internet.url({ appendSlash: false }),
  code: (faker) => faker.string.alphanumeric({ length: 10, casing: 'upper' }),
  word: (faker) => faker.lorem.word(),
  words: (faker) => faker.lorem.words(3),
  sentence: (faker) => faker.lorem.sentence(),
  paragraph: (faker) => faker.lorem.paragraph(),
} as const satisfies Readonly<Record<string, (faker: Faker) => string>>;

export type FakeText = keyof typeof FAKE_TEXTS;

export function isFakeText(name: string): name is FakeText {
  return Object.hasOwn(FAKE_TEXTS, name);
}
