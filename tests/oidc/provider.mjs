// npm's oidc-provider for the tests: listens on any free port, prints its issuer, reads one line about its client, and serves.
import http from 'node:http';
import readline from 'node:readline';
import Provider from 'oidc-provider';

const groups = {};
let serve = null;
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  if (url.pathname === '/control/groups') {
    groups[url.searchParams.get('person')] = url.searchParams.get('groups').split(',').filter(Boolean);
    response.writeHead(204).end();
  } else {
    serve(request, response);
  }
});

function provide(issuer, client) {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'pool',
      client_secret: 'a secret of the tests',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [client.redirect],
      post_logout_redirect_uris: [client.home],
      backchannel_logout_uri: client.backchannel,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id, name: 'Grace Hopper', preferred_username: id, email: `${id}@example.org`, email_verified: true, groups: groups[id] ?? [],
      }),
    }),
    // Renewed at each use, and soon.
    rotateRefreshToken: true,
    ttl: { AccessToken: 5, AuthorizationCode: 60, IdToken: 300, RefreshToken: 3600, Interaction: 600, Session: 3600, Grant: 3600 },
    cookies: { keys: ['for the tests'] },
    pkce: { methods: ['S256'], required: () => true },
  });
  return provider.callback();
}

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
  const lines = readline.createInterface({ input: process.stdin });
  lines.once('line', (line) => {
    serve = provide(issuer, JSON.parse(line));
    console.log('ready');
  });
  // Ends with whoever started it.
  lines.once('close', () => process.exit(0));
});
