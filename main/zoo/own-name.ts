// The name of a network by what it is: of a registered one its own, of a changed one that and the changes.
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { baseName, changedArchitectureName } from '../../shared/spec/architecture-name.ts';
import { findArchitecture } from './registry.ts';

/** A spec of the user's own keeps the name that the user gave it. */
export function withOwnName<Spec extends ArchitectureSpec>(spec: Spec): Spec {
  const base = findArchitecture(baseName(spec.name));
  return base === undefined ? spec : { ...spec, name: changedArchitectureName(base.spec, spec) };
}
