// The editors check and complete in workers, which are files of ours too: WORKERS is their addresses, set by the build.
globalThis.MonacoEnvironment = {
  globalAPI: true, // the test asks the editors themselves what they underline
  getWorker(_id, label) {
    return new Worker(WORKERS[label] ?? WORKERS.editor, { name: label });
  },
};
