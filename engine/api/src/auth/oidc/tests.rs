//! A provider of our own making, over real HTTP, that also does what providers must not.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosk_identity::{Kind, MappingRule};
use hosk_store::Memory;
use parking_lot::Mutex;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;

/// A key of the provider.
enum Signing {
    P256(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signing {
    fn p256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self::P256(pair)
    }

    fn ed() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    fn jwk(&self, id: &str) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": encode(x), "y": encode(y)})
            }
            Self::Ed(pair) => {
                let key = pair.public_key().as_ref();
                json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": id, "x": encode(key)})
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Ed(_) => "EdDSA",
        }
    }

    fn token(&self, id: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "kid": id, "typ": "at+jwt"});
        let message = message(&header, claims);
        let signature = match self {
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
            }
            Self::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What the provider answers, and how often it was asked for keys.
#[derive(Default)]
struct Answers {
    keys: Mutex<Vec<Value>>,
    issuer: Mutex<String>,
    asked: AtomicUsize,
}

struct Provider {
    address: SocketAddr,
    answers: Arc<Answers>,
}

impl Provider {
    async fn start() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Arc::new(Answers::default());
        *answers.issuer.lock() = format!("http://{address}");
        let discovery = |State(answers): State<Arc<Answers>>| async move {
            let issuer = answers.issuer.lock().clone();
            Json(json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}))
        };
        let keys = |State(answers): State<Arc<Answers>>| async move {
            answers.asked.fetch_add(1, Ordering::SeqCst);
            Json(json!({"keys": *answers.keys.lock()}))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&answers));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answers }
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    fn has(&self, keys: &[(&str, &Signing)]) {
        *self.answers.keys.lock() = keys.iter().map(|(id, key)| key.jwk(id)).collect();
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer(), "aud": ["other", "hosk"], "exp": now() + 60, "preferred_username": "anna",
            "name": "Anna", "email": "anna@example.org", "groups": ["warehouse"], "realm": {"roles": ["boss"]}
        })
    }

    fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer(),
            audience: vec!["hosk".into()],
            keys: None,
            username_claim: "preferred_username".into(),
            client_claim: "client_id".into(),
            groups_claim: "groups".into(),
            clock_skew: Duration::from_secs(5),
        }
    }

    async fn checked_by(&self, settings: OidcSettings) -> Oidc {
        let identity = Identity::start(Arc::new(Memory::new())).await.unwrap().with_foreign_users();
        let rule = MappingRule {
            id: "bosses".into(),
            name: "Bosses".into(),
            claim_name: "realm.roles".into(),
            claim_value: "boss".into(),
        };
        identity.add_rule(&rule).await.unwrap();
        identity.assign((Kind::Role, "admin"), (Kind::MappingRule, "bosses")).await.unwrap();
        Oidc::new(settings, Arc::new(identity)).unwrap()
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

async fn detail(oidc: &Oidc, token: &str) -> String {
    let problem = oidc.user(token).await.unwrap_err();
    assert_eq!(problem.code(), "unauthorized", "{problem:?}");
    format!("{problem:?}")
}

#[tokio::test]
async fn a_token_says_who_its_owner_is_and_what_he_belongs_to() {
    let provider = Provider::start().await;
    let (first, second) = (Signing::p256(), Signing::ed());
    provider.has(&[("a", &first), ("b", &second)]);
    let oidc = provider.checked_by(provider.settings()).await;
    for token in [first.token("a", &provider.claims()), second.token("b", &provider.claims())] {
        let user = oidc.user(&token).await.unwrap();
        assert_eq!((&*user.name, user.display_name.as_deref()), ("anna", Some("Anna")));
        assert_eq!(user.email.as_deref(), Some("anna@example.org"));
        assert_eq!(user.standing.groups, ["warehouse".into()]);
        assert_eq!(user.standing.roles, ["admin".into()], "by the mapping rule");
    }
    assert_eq!(provider.answers.asked.load(Ordering::SeqCst), 1, "the keys are kept");
    let claims =
        with(with(provider.claims(), "preferred_username", Value::Null), "client_id", json!("robot"));
    assert_eq!(&*oidc.user(&first.token("a", &claims)).await.unwrap().name, "robot");
    let nobody = with(provider.claims(), "preferred_username", Value::Null);
    assert!(detail(&oidc, &first.token("a", &nobody)).await.contains("client_id"));
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said() {
    let provider = Provider::start().await;
    let (key, stranger) = (Signing::p256(), Signing::p256());
    provider.has(&[("a", &key)]);
    let oidc = provider.checked_by(provider.settings()).await;
    let good = provider.claims();
    for (name, value, said) in [
        ("exp", json!(now() - 6), "expired"),
        ("exp", Value::Null, "`exp`"),
        ("nbf", json!(now() + 30), "not valid yet"),
        ("aud", json!("other"), "audience"),
        ("aud", Value::Null, "`aud`"),
        ("iss", json!("http://127.0.0.1:1"), "issuer"),
    ] {
        let told = detail(&oidc, &key.token("a", &with(good.clone(), name, value))).await;
        assert!(told.contains(said), "{name}: {told}");
    }
    // Within the difference of the clocks.
    oidc.user(&key.token("a", &with(good.clone(), "exp", json!(now() - 3)))).await.unwrap();
    oidc.user(&key.token("a", &with(good.clone(), "nbf", json!(now() + 3)))).await.unwrap();
    assert!(detail(&oidc, &stranger.token("a", &good)).await.contains("not signed by the provider"));
    let token = key.token("a", &good);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged =
        message(&json!({"alg": "ES256", "kid": "a"}), &with(good.clone(), "groups", json!(["operators"])));
    assert!(detail(&oidc, &format!("{forged}.{signature}")).await.contains("not signed"));
    assert!(detail(&oidc, &format!("{signed}.")).await.contains("signed"));
    for algorithm in ["none", "HS256", "hs256", "XX"] {
        let unsigned = message(&json!({"alg": algorithm, "kid": "a"}), &good);
        let told = detail(&oidc, &format!("{unsigned}.{signature}")).await;
        assert!(told.contains("algorithm") || told.contains("damaged"), "{algorithm}: {told}");
    }
    for token in ["a.b.c", "..", "e30.e30.e30"] {
        detail(&oidc, token).await;
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_strangers_do_not_make_the_provider_busy() {
    let provider = Provider::start().await;
    let (old, new) = (Signing::p256(), Signing::p256());
    provider.has(&[("old", &old)]);
    let oidc = provider.checked_by(provider.settings()).await;
    oidc.user(&old.token("old", &provider.claims())).await.unwrap();
    *oidc.keys.asked.lock().await = None;
    provider.has(&[("new", &new)]);
    oidc.user(&new.token("new", &provider.claims())).await.unwrap();
    assert!(detail(&oidc, &old.token("old", &provider.claims())).await.contains("has now"));
    for number in 0..50 {
        detail(&oidc, &new.token(&format!("unknown-{number}"), &provider.claims())).await;
    }
    assert_eq!(provider.answers.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_no_fault_of_the_caller() {
    let provider = Provider::start().await;
    let key = Signing::p256();
    provider.has(&[("a", &key)]);
    // It says that it is another one.
    "http://127.0.0.1:1".clone_into(&mut provider.answers.issuer.lock());
    let oidc = provider.checked_by(provider.settings()).await;
    let problem = oidc.user(&key.token("a", &provider.claims())).await.unwrap_err();
    assert_eq!(problem.code(), "unavailable");
    // Its keys are known otherwise; then it is not asked who it is.
    let keys = Some(format!("{}/keys", provider.issuer()));
    let oidc = provider.checked_by(OidcSettings { keys, ..provider.settings() }).await;
    oidc.user(&key.token("a", &provider.claims())).await.unwrap();
}

#[test]
fn addresses_are_encrypted_or_on_this_machine() {
    let settings = |issuer: &str| OidcSettings {
        issuer: issuer.into(),
        audience: vec!["hosk".into()],
        keys: None,
        username_claim: "sub".into(),
        client_claim: "client_id".into(),
        groups_claim: "groups".into(),
        clock_skew: Duration::from_mins(1),
    };
    drop(rustls::crypto::ring::default_provider().install_default());
    for good in
        ["https://login.example.org/realms/a", "http://127.0.0.1:8080", "http://[::1]/x", "http://localhost"]
    {
        assert!(Keys::new(&settings(good)).is_ok(), "{good}");
    }
    for bad in ["http://login.example.org", "ftp://127.0.0.1", "login.example.org", "", "file:///etc/keys"] {
        assert!(Keys::new(&settings(bad)).is_err(), "{bad}");
    }
}
