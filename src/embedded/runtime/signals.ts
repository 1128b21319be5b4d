// Sends signals to processes that may be gone already.

/** Signals one process, if there is one. */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  send(pid, signal);
}

/** Signals every process of a group that there still is. */
export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  send(-group, signal);
}

function send(target: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // EPERM is macOS' answer for a group of which only zombies are left.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && !(code === 'EPERM' && target < 0)) throw error;
  }
}
