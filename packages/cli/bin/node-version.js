// Written in the syntax of Node 14, so that an old Node can read it and say what is missing.
const version = process.versions.node;

/** Whether this Node can run Keywright; otherwise it says so in a sentence, and the exit code will be 1. */
export function isNodeNewEnough() {
  if (Number(version.split('.')[0]) >= 24) return true;
  console.error(
    `Keywright needs Node 24 or newer; this is Node ${version}. Run it with npm (npm start), which brings its own Node.`,
  );
  process.exitCode = 1;
  return false;
}
