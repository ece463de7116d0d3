import { hostname, userInfo } from 'node:os';

/** Names by which files betray the machine and the person that wrote them. */
export interface MachineNames {
  readonly user: string | undefined;
  readonly host: string;
}

export function machineNames(): MachineNames {
  return { user: userName(), host: hostname() };
}

/** A process may run under a user that has no name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
