import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import { compareBytes } from '../model/byte-order.ts';
import { digestHex } from '../model/digest.ts';
import type { GenerationManifest, ManifestPattern } from '../model/manifest.ts';
import { formatRef, type PatternRecord } from '../model/pattern.ts';
import { packageUrl } from './package-url.ts';
import type { PinnedDependency } from './pinned-dependencies.ts';

/**
 * A CycloneDX 1.6 bill of materials: the patterns that wrote the generation, and the dependencies that its files pin.
 * Without serial number and time, and in byte order, so that it is a function of the generation.
 */
export function writeSbom(
  manifest: GenerationManifest,
  recordOf: (pattern: ManifestPattern) => PatternRecord,
  dependencies: readonly PinnedDependency[],
): string {
  const bom = new Models.Bom();
  const app = new Models.Component(Enums.ComponentType.Application, manifest.name, {
    version: manifest.version,
    // Without one of our own the library makes a random reference.
    bomRef: `${manifest.name}@${manifest.version}`,
    purl: `pkg:generic/${manifest.name}@${manifest.version}`,
  });
  bom.metadata.component = app;
  const components = [
    ...manifest.patterns.map((pattern) => patternComponent(pattern, recordOf(pattern))),
    ...dependencyComponents(dependencies),
  ];
  for (const component of components) {
    bom.components.add(component);
    app.dependencies.add(component.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  // Sorted here: the library sorts by the rules of a locale.
  return `${serializer.serialize(bom, { sortLists: false, space: 2 })}\n`;
}

function patternComponent(pattern: ManifestPattern, record: PatternRecord): Models.Component {
  const purl = packageUrl(pattern);
  const slash = pattern.pattern_id.lastIndexOf('/');
  const component = new Models.Component(Enums.ComponentType.Data, pattern.pattern_id.slice(slash + 1), {
    ...(slash < 0 ? {} : { group: pattern.pattern_id.slice(0, slash) }),
    version: pattern.version,
    description: record.signature.purpose,
    purl,
    bomRef: purl,
  });
  component.hashes.set(Enums.HashAlgorithm['SHA-256'], digestHex(pattern.digest));
  const properties = { frozen_at: pattern.frozen_at, ref: formatRef(pattern), tier: pattern.tier };
  for (const [name, value] of Object.entries(properties))
    component.properties.add(new Models.Property(`patternbank:${name}`, value));
  return component;
}

/** One component a package URL, with every file that pins it. */
function dependencyComponents(dependencies: readonly PinnedDependency[]): readonly Models.Component[] {
  const byUrl = new Map<string, PinnedDependency[]>();
  for (const one of dependencies) byUrl.set(one.purl, [...(byUrl.get(one.purl) ?? []), one]);
  return [...byUrl.entries()]
    .sort(([a], [b]) => compareBytes(a, b))
    .flatMap(([purl, [first, ...rest]]) => {
      if (first === undefined) return [];
      const type = purl.startsWith('pkg:docker/')
        ? Enums.ComponentType.Container
        : Enums.ComponentType.Library;
      const component = new Models.Component(type, first.name, {
        version: first.version,
        purl,
        bomRef: purl,
      });
      const files = [...new Set([first, ...rest].map((one) => one.file))].sort(compareBytes);
      for (const file of files) component.properties.add(new Models.Property('patternbank:pinned_in', file));
      return [component];
    });
}
