// An OpenID Connect provider on a port of the system's choice; it prints its issuer.
//
// The client `robot` gets access tokens for hosk by its credentials. The resource says by which algorithm they are signed,
// and how long they live: `urn:hosk:RS256:60`. The client `portal` gets such tokens for the user anna of the warehouse.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const key = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  alg,
  kid: alg,
  use: 'sig',
});
const rsa = { modulusLength: 2048 };
const keys = [
  key('rsa', rsa, 'RS256'),
  key('rsa', rsa, 'PS384'),
  key('ec', { namedCurve: 'P-256' }, 'ES256'),
  key('ec', { namedCurve: 'P-384' }, 'ES384'),
  key('ed25519', {}, 'EdDSA'),
];

const client = (id) => ({
  client_id: id,
  client_secret: `${id}'s secret`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});

const resource = (indicator) => {
  const [, system, alg, lives] = indicator.split(':');
  return {
    scope: 'work',
    audience: system,
    accessTokenFormat: 'jwt',
    accessTokenTTL: Number(lives),
    jwt: { sign: { alg, kid: alg } },
  };
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('robot'), client('portal')],
    jwks: { keys },
    enabledJWA: { idTokenSigningAlgValues: keys.map((one) => one.alg) },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, indicator) => resource(indicator),
      },
    },
    extraTokenClaims: (_, token) =>
      token.clientId === 'portal' ? { preferred_username: 'anna', groups: ['warehouse'] } : { level: 'gold' },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
