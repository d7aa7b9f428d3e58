// Which folder may import which (ARCHITECTURE.md, "Folders"). Each rule says why it exists.
const only = (from, allowed, why) => ({
  name: `${from.replace(/\//g, '-')}-imports`,
  severity: 'error',
  comment: why,
  from: { path: `^${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(main|renderer|shared)/', pathNot: [`^${from}/`, ...allowed.map((a) => `^${a}`)] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'A cycle means that two files are one concept; merge them or move the shared part down.',
      // A component that draws itself inside itself has to import itself; Svelte has no other way.
      from: { pathNot: 'schema-form/FormField\\.svelte$' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only(
      'shared',
      [],
      'shared runs in the page, the host and the trainer: it imports nothing of theirs.',
    ),
    only(
      'main/zoo',
      ['shared/'],
      'The zoo is pure: architectures as data, describable without TensorFlow.',
    ),
    only(
      'main/export',
      ['main/zoo/', 'main/engine/recording/graph', 'shared/'],
      'Exports are written from a plan, its weights and a recorded graph, without TensorFlow.',
    ),
    only(
      'main/system',
      ['shared/'],
      'What Node and the machine tell is needed below everything else.',
    ),
    only(
      'main/data',
      ['main/system/', 'shared/'],
      'Data never knows where it is stored or what trains on it.',
    ),
    only(
      'main/store',
      ['main/system/', 'shared/'],
      'The store keeps what it is given and knows nothing of data or training.',
    ),
    only(
      'main/runtime',
      ['main/system/', 'shared/'],
      'The runtime is needed before anything else can load.',
    ),
    only(
      'main/engine',
      ['main/zoo/', 'shared/'],
      'The engine runs what the zoo plans; it knows no files, runs or users.',
    ),
    only(
      'main/trainer',
      [
        'main/engine/',
        'main/zoo/',
        'main/data/',
        'main/export/',
        'main/runtime/load',
        'main/studies/.*probe',
        'shared/',
      ],
      'The trainer is one process with TensorFlow in it; the host and the store live in another.',
    ),
    only(
      'main/studies',
      ['main/engine/', 'main/zoo/', 'shared/'],
      'A study plans, measures and judges; it knows no library, no runs of a user and no page.',
    ),
    {
      name: 'studies-load-tensorflow-only-in-probes',
      severity: 'error',
      comment: 'Plans and summaries run in the host, which must never load TensorFlow.',
      from: {
        path: '^main/studies/',
        pathNot: ['^main/studies/.*probe', '^main/studies/fixtures/', '\\.test\\.ts$'],
      },
      to: { path: '^main/(engine|studies/.*probe)' },
    },
    {
      name: 'host-without-probes',
      severity: 'error',
      comment: 'Probes load TensorFlow; the host asks a trainer for them.',
      from: { path: '^main/(host|cli|serve|app)/' },
      to: { path: '^main/studies/.*probe' },
    },
    only(
      'main/reports',
      ['shared/'],
      'Reports are written from what the host gathers; they know no library.',
    ),
    only(
      'main/export/tensorboard',
      ['shared/'],
      'Event files are bytes made of numbers and names; which run they are of is the host’s business.',
    ),
    only(
      'main/import',
      ['main/export/tensorboard/', 'main/data/table-text', 'shared/'],
      'What is read from files of other trackers knows no library.',
    ),
    only(
      'main/host',
      [
        'main/import/',
        'main/export/tensorboard/',
        'main/store/',
        'main/system/',
        'main/reports/',
        'main/data/',
        'main/zoo/',
        'main/studies/',
        'main/runtime/',
        'shared/',
      ],
      'The host is long-lived and must never load TensorFlow: it may not import the engine or the trainer.',
    ),
    only(
      'main/cli',
      [
        'main/host/',
        'main/serve/run-serve',
        'main/mcp/serve-mcp',
        'main/app/(find-electron|launch)',
        'main/zoo/',
        'main/studies/',
        'shared/',
      ],
      'The command line does what the window does, through the host services.',
    ),
    only(
      'main/mcp',
      ['main/host/', 'main/zoo/', 'shared/'],
      'An agent does what the command line does, through the host services.',
    ),
    only(
      'main/serve',
      ['main/host/', 'shared/'],
      'The server is one of two hosts of the same services; what the window needs as well belongs to main/host.',
    ),
    only(
      'main/app',
      ['main/host/', 'shared/'],
      'The window is one of two hosts of the same services; what serve needs as well belongs to main/host.',
    ),
    only(
      'main/preload',
      ['shared/contract/app/bridge'],
      'What the preload script has, the page has: it hands over one port.',
    ),
    only(
      'main/torture',
      [
        'main/cli/run-spec',
        'main/cli/testing/',
        'main/serve/testing/',
        'main/host/',
        'main/store/',
        'main/data/',
        'main/reports/',
        'main/zoo/',
        'main/engine/',
        'main/parity/',
        'main/runtime/',
        'main/build/bundle',
        'shared/',
      ],
      'The torture suite starts the product as users do, and opens files with the functions that it has.',
    ),
    {
      name: 'nobody-needs-torture',
      severity: 'error',
      comment: 'What breaks the product on purpose is no part of it.',
      from: { pathNot: '^main/torture/' },
      to: { path: '^main/torture/' },
    },
    only('renderer', ['shared/'], 'The page knows its host only through the contract in shared.'),
    {
      name: 'tensorflow-only-in-the-engine-facade',
      severity: 'error',
      comment:
        'TensorFlow.js is reached through main/engine/tensorflow, so that every handle is counted and every cast is in one place. A page that carries a network has its own.',
      from: { pathNot: ['^main/engine/tensorflow/', '^renderer/report-page/network/'] },
      to: { path: 'node_modules/@tensorflow/' },
    },
    {
      name: 'electron-only-in-the-app',
      severity: 'error',
      comment:
        'Everything else also runs without Electron; and importing the package starts a download of its binary.',
      from: { pathNot: '^main/(app|preload)/' },
      to: { path: 'node_modules/electron/' },
    },
    {
      name: 'electron-itself-only-in-main',
      severity: 'error',
      comment:
        'The parts of Electron are handed in, so that everything but main.ts can be tested without its binary.',
      from: { path: '^main/app/', pathNot: '^main/app/main\\.ts$' },
      to: { path: 'node_modules/electron/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'shared-is-environment-free',
      severity: 'error',
      comment: 'shared runs in a browser too: no Node modules.',
      from: { path: '^shared/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      comment: 'Import only packages that package.json declares.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-dev-package-in-product',
      severity: 'error',
      comment: 'A packaged app has no devDependencies; Electron it runs in.',
      from: {
        path: '^(main|shared)/',
        pathNot: '(\\.test\\.ts|^main/build/|^main/torture/|/testing/)',
      },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/electron/',
      },
    },
    {
      name: 'unresolvable',
      severity: 'error',
      comment: 'The import points nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
