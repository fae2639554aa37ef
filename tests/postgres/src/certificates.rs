//! What a server that offers TLS shows, and what its clients may trust.

use std::fs::{Permissions, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The server's certificate and key, beside its data.
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// Authorities, each a file in PEM.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// Made the server's certificate.
    pub(crate) authority: PathBuf,
    /// Did not.
    pub(crate) stranger: PathBuf,
}

/// The settings of a server whose certificate is in a folder.
pub(crate) fn settings(folder: &Path) -> [String; 3] {
    let at = |setting: &str, name: &str| format!("-c{setting}={}", folder.join(name).display());
    ["-cssl=on".to_owned(), at("ssl_cert_file", CERTIFICATE), at("ssl_key_file", KEY)]
}

impl Certificates {
    /// Makes a certificate for 127.0.0.1 in a folder, which only its owner may read the key of, and the authorities.
    pub(crate) fn make_in(folder: &Path) -> Self {
        let files = Self { authority: folder.join("authority.pem"), stranger: folder.join("stranger.pem") };
        let issuer = authority("An authority", &files.authority);
        authority("Another authority", &files.stranger);
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .and_then(|of| of.signed_by(&key, &issuer))
            .expect("a certificate");
        write(folder.join(CERTIFICATE), certificate.pem()).expect("the certificate can be written");
        // PostgreSQL does not start with a key that others may read.
        let file = folder.join(KEY);
        write(&file, key.serialize_pem()).expect("the key can be written");
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("the key can be hidden");
        files
    }
}

/// Makes an authority and writes its certificate.
fn authority(name: &str, file: &Path) -> Issuer<'static, KeyPair> {
    let mut of = CertificateParams::new(Vec::new()).expect("no names");
    of.distinguished_name.push(DnType::CommonName, name);
    of.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = of.self_signed(&key).expect("a certificate");
    write(file, certificate.pem()).expect("the authority can be written");
    Issuer::new(of, key)
}
