// Which route answers which request, in cases that the conformance tests of Gateway API, Traefik's and Go's routers have, too: facts in fox's words.

/** Routes, and which of them answers each request; -1: none. */
export interface PeerCase {
  readonly name: string;
  readonly rules: readonly (string | readonly [rule: string, priority: number])[];
  /** `METHOD host/path?query header=value …`, with or without host. */
  readonly requests: Readonly<Record<string, number>>;
}

export const peerCases: readonly PeerCase[] = [
  {
    name: 'Gateway API: matching of path prefixes goes by segments',
    rules: ['PathPrefix(`/`)', 'PathPrefix(`/v2`)'],
    requests: {
      'GET /': 0,
      'GET /example': 0,
      'GET /v2': 1,
      'GET /v2/': 1,
      'GET /v2/example': 1,
      'GET /v2example': 0,
      'GET /foo/v2/example': 0,
      'GET /V2': 0,
    },
  },
  {
    name: 'Gateway API: an exact path goes before prefixes, a longer prefix before a shorter one',
    rules: [
      'Path(`/match/exact/one`)',
      'PathPrefix(`/match`)',
      'PathPrefix(`/match/prefix/one`)',
      'Path(`/match/exact`)',
      'PathPrefix(`/match/prefix`)',
    ],
    requests: {
      'GET /match/exact/one': 0,
      'GET /match/exact': 3,
      'GET /match/exact/one/more': 1,
      'GET /match/exact/': 1,
      'GET /match': 1,
      'GET /match/prefix/one/any': 2,
      'GET /match/prefix/one': 2,
      'GET /match/prefix/other': 4,
      'GET /match/prefixone': 1,
      'GET /other': -1,
    },
  },
  {
    name: 'Gateway API: a slash at the end of a prefix means nothing',
    rules: ['PathPrefix(`/one/`)', 'PathPrefix(`/two`)'],
    requests: { 'GET /one': 0, 'GET /one/': 0, 'GET /one/x': 0, 'GET /oneish': -1, 'GET /two/': 1 },
  },
  {
    name: 'Gateway API: headers are matched by exact value, names in any case, and more of them go first',
    rules: [
      'PathPrefix(`/`) && Header(`version`, `one`)',
      'PathPrefix(`/`) && Header(`Version`, `two`)',
      'PathPrefix(`/`) && Header(`version`, `two`) && Header(`color`, `orange`)',
      'PathPrefix(`/`) && Header(`color`, `blue`)',
    ],
    requests: {
      'GET / version=one': 0,
      'GET / VERSION=two': 1,
      'GET / version=two color=orange': 2,
      'GET / color=blue': 3,
      'GET / Color=blue': 3,
      'GET / color=Blue': -1,
      'GET / color=orange': -1,
      'GET / version=three': -1,
      'GET / version=one version=three': 0,
      'GET /': -1,
    },
  },
  {
    name: 'Gateway API: a path goes before headers, whatever their number',
    rules: [
      'Path(`/path1`)',
      'Header(`version`, `one`) && Header(`a`) && Header(`b`)',
      'PathPrefix(`/path2`) && Header(`version`, `two`)',
      'PathPrefix(`/path2`)',
    ],
    requests: {
      'GET /path1 version=one a=1 b=1': 0,
      'GET /path9 version=one a=1 b=1': 1,
      'GET /path2 version=two': 2,
      'GET /path2/x version=two': 2,
      'GET /path2 version=one': 3,
    },
  },
  {
    name: 'Gateway API: methods',
    rules: [
      'Method(`POST`)',
      'Method(`GET`)',
      'PathPrefix(`/path1`) && Method(`GET`)',
      'PathPrefix(`/path2`) && Method(`PUT`)',
      'PathPrefix(`/path2`)',
    ],
    requests: {
      'POST /': 0,
      'GET /': 1,
      'HEAD /': -1,
      'GET /path1': 2,
      'POST /path1': 0,
      'PUT /path2': 3,
      'DELETE /path2/x': 4,
      'PUT /': -1,
    },
  },
  {
    name: 'Gateway API: query parameters are matched by exact value, more of them go first',
    rules: [
      'Query(`animal`, `whale`)',
      'Query(`animal`, `dolphin`)',
      'Query(`animal`, `dolphin`) && Query(`color`, `blue`)',
      'Query(`ANIMAL`, `Whale`)',
    ],
    requests: {
      'GET /?animal=whale': 0,
      'GET /?animal=dolphin': 1,
      'GET /?animal=dolphin&color=blue': 2,
      'GET /?color=blue&animal=dolphin': 2,
      'GET /?ANIMAL=Whale': 3,
      'GET /?animal=whaledolphin': -1,
      'GET /?animal=whale&extra=1': 0,
      'GET /?animal=%77hale': 0,
      'GET /?color=blue': -1,
      'GET /': -1,
    },
  },
  {
    name: 'Gateway API: hosts, exact ones before such with a wildcard',
    rules: [
      'Host(`very.specific.com`) && PathPrefix(`/`)',
      'Host(`{}.specific.com`) && PathPrefix(`/`)',
      'PathPrefix(`/`)',
      'Host(`{}.{}.io`)',
    ],
    requests: {
      'GET very.specific.com/': 0,
      'GET VERY.Specific.com/': 0,
      'GET very.specific.com./': 0,
      'GET very.specific.com:8080/': 0,
      'GET other.specific.com/': 1,
      'GET a.b.specific.com/': 2,
      'GET specific.com/': 2,
      'GET foo.bar.io/': 3,
      'GET example.com/x': 2,
    },
  },
  {
    name: 'Gateway API: a host goes before a path',
    rules: ['Host(`example.com`)', 'Path(`/exactly/this`)'],
    requests: { 'GET example.com/exactly/this': 0, 'GET example.net/exactly/this': 1 },
  },
  {
    name: 'Traefik: rules are combined with and, or, not and parentheses',
    rules: [
      'Host(`a.com`) && (Path(`/x`) || Path(`/y`))',
      '!(Host(`a.com`) || Host(`b.com`))',
      'Host(`b.com`) && !PathPrefix(`/admin`)',
      'Host(`a.com`) && Path(`/z`) || Host(`b.com`) && Path(`/admin`)',
    ],
    requests: {
      'GET a.com/x': 0,
      'GET a.com/y': 0,
      'GET a.com/z': 3,
      'GET a.com/w': -1,
      'GET c.com/x': 1,
      'GET b.com/x': 2,
      'GET b.com/admin': 3,
      'GET b.com/admin/x': -1,
    },
  },
  {
    name: 'Traefik: an explicit priority goes before the rules themselves, also a negative one',
    rules: [
      ['Host(`a.com`) && Path(`/x`)', 1],
      ['PathPrefix(`/`)', 2],
      ['Host(`b.com`)', -1],
      'PathPrefix(`/b`)',
      ['Path(`/first`)', 3],
    ],
    requests: { 'GET a.com/x': 1, 'GET b.com/b': 1, 'GET a.com/first': 4 },
  },
  {
    name: 'Traefik: the length of a rule decides nothing',
    rules: [
      'Path(`/api/{id:[0-9]+}`)',
      'PathPrefix(`/api/a-very-long-name-that-is-longer`)',
      'PathPrefix(`/api`) && Header(`x-a-very-long-header-name-indeed`, `a very long value`)',
    ],
    requests: {
      'GET /api/1': 0,
      'GET /api/a-very-long-name-that-is-longer': 1,
      'GET /api/x x-a-very-long-header-name-indeed=y': -1,
    },
  },
  {
    name: 'Go: a pattern with a name matches one segment, that is not empty',
    rules: [
      'Path(`/items/{id}`)',
      'Path(`/items/`)',
      'Path(`/items/{id}/`)',
      'Path(`/items/{id}/parts/{part}`)',
    ],
    requests: {
      'GET /items/1': 0,
      'GET /items/': 1,
      'GET /items': -1,
      'GET /items/1/': 2,
      'GET /items/1/parts/2': 3,
      'GET /items/1/parts/': -1,
      'GET /items/1/parts/2/3': -1,
      'GET /items/a%2Fb': 0,
    },
  },
  {
    name: 'Go: text goes before names, segment by segment',
    rules: ['Path(`/{x}/latest`)', 'Path(`/posts/{id}`)', 'Path(`/posts/latest`)', 'Path(`/{x}/{y}`)'],
    requests: { 'GET /posts/latest': 2, 'GET /posts/1': 1, 'GET /pages/latest': 0, 'GET /pages/1': 3 },
  },
  {
    name: 'Go: the rest of a path comes last',
    rules: [
      'Path(`/files/{path...}`)',
      'Path(`/files/{name}`)',
      'Path(`/files/index`)',
      'PathPrefix(`/files`)',
      'Path(`/files/{a}/{rest...}`)',
    ],
    requests: {
      'GET /files/index': 2,
      'GET /files/a': 1,
      'GET /files/': 0,
      'GET /files': 3,
      'GET /files/a/b': 4,
      'GET /files/a/b/c': 4,
    },
  },
  {
    name: 'Go: a method makes a pattern more specific',
    rules: ['Path(`/thing`)', 'Path(`/thing`) && Method(`GET`)', 'Path(`/{x}`) && Method(`POST`)'],
    requests: { 'GET /thing': 1, 'POST /thing': 0, 'POST /other': 2, 'GET /other': -1 },
  },
  {
    name: 'KubeFox: what its matcher gets wrong',
    rules: [
      'Path(`/`)',
      'Path(`/{x:a|b}`)',
      'Path(`/at/{t:[0-9]+:[0-9]+}`)',
      'Host(`localhost`) && Path(`/h`)',
      'PathPrefix(`/q`) && Header(`x-h`, `{a|b}`)',
    ],
    requests: {
      'GET /': 0,
      'GET /a': 1,
      'GET /ab': -1,
      'GET /xb': -1,
      'GET /at/12:30': 2,
      'GET /at/1230': -1,
      'GET localhost:8080/h': 3,
      'GET /q x-h=a': 4,
      'GET /q x-h=ab': -1,
      'GET /q x-h=no x-h=b': 4,
    },
  },
];
