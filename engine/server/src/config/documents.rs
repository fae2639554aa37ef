//! Where the bytes of documents are kept, and for how long.

use std::fmt;
use std::time::Duration;

use hosk_documents::{Bucket, BucketSettings, Embedded};
use serde::{Deserialize, Serialize, Serializer};

use super::Config;
use crate::failure::Failure;

/// Lengths that the name of a bucket may have.
const NAME: std::ops::RangeInclusive<usize> = 3..=63;
/// Longest id of a store and longest prefix.
const LONGEST: usize = 200;

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(***)")
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Refused(why.into()))
}

/// Letters, digits and these; none of it means anything in an address.
fn is_plain(text: &str, others: &[u8]) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

impl Config {
    pub(super) fn check_documents(&self) -> Result<(), Failure> {
        let amounts = [
            ("document_bytes", self.document_bytes),
            ("document_time_to_live", self.document_time_to_live.unwrap_or(1)),
        ];
        if let Some((name, _)) = amounts.iter().find(|(_, amount)| *amount == 0) {
            return refused(format!("{name} is 0: give at least 1"));
        }
        if self.document_bucket.is_some() { self.check_bucket() } else { self.check_no_bucket() }
    }

    /// What is said about a bucket is for nothing without its name.
    fn check_no_bucket(&self) -> Result<(), Failure> {
        let given = [
            ("document_store", self.document_store.is_some()),
            ("document_endpoint", self.document_endpoint.is_some()),
            ("document_access_key", self.document_access_key.is_some()),
            ("document_secret_key", self.document_secret_key.is_some()),
            ("document_secret_key_file", self.document_secret_key_file.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => {
                refused(format!("{name} is given, but document_bucket is missing: name the bucket"))
            }
            None => Ok(()),
        }
    }

    fn check_bucket(&self) -> Result<(), Failure> {
        let bucket = self.document_bucket.as_deref().unwrap_or_default();
        if !NAME.contains(&bucket.len()) || !is_plain(bucket, b"-._") {
            return refused(format!(
                "document_bucket is `{bucket}`: give the name of a bucket, and nothing else of its address"
            ));
        }
        let store = self.document_store.as_deref().unwrap_or(bucket);
        if store.is_empty() || store == Embedded::ID || !is_plain(store, b"-._") {
            return refused(format!(
                "the store of documents cannot be called `{store}`: give document_store, of letters, digits, `-`, `_` and `.`, \
                 and not `{}`",
                Embedded::ID
            ));
        }
        let prefix = &self.document_prefix;
        let parts = prefix.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if !prefix.is_empty() && (!parts || !is_plain(prefix, b"-._/")) {
            return refused(format!(
                "document_prefix is `{prefix}`: give letters, digits, `-`, `_`, `.`, and `/` between its parts, as in `hosk/documents`"
            ));
        }
        if !is_plain(&self.document_region, b"-") || self.document_region.is_empty() {
            return refused(format!(
                "document_region is `{}`: give a name like us-east-1",
                self.document_region
            ));
        }
        if self.document_access_key.as_deref().is_none_or(str::is_empty) {
            return refused(
                "document_access_key is missing: give the id of the access key for document_bucket",
            );
        }
        let key = self.document_secret_key.as_ref().is_some_and(|Hidden(key)| !key.is_empty());
        if key == self.document_secret_key_file.is_some() {
            return refused(
                "give the secret key for document_bucket, as document_secret_key (better HOSK_DOCUMENT_SECRET_KEY) or in the file \
                 that document_secret_key_file names, not both",
            );
        }
        if self.document_bytes > Bucket::LARGEST {
            return refused(format!(
                "document_bytes is {}: a bucket takes at most {}",
                self.document_bytes,
                Bucket::LARGEST
            ));
        }
        self.check_endpoint()
    }

    fn check_endpoint(&self) -> Result<(), Failure> {
        let Some(endpoint) = &self.document_endpoint else { return Ok(()) };
        let example = "give the address of the store without the bucket, for example https://s3.example.com";
        let Some((scheme, host)) = endpoint.split_once("://") else {
            return refused(format!("document_endpoint is `{endpoint}`: {example}"));
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        let is_host = !host.is_empty() && is_plain(host, b"-._:[]");
        match scheme {
            "http" if is_host && !self.document_allow_http => refused(format!(
                "document_endpoint is `{endpoint}`: documents would go over the line unprotected. Use https, or document_allow_http = \
                 true where nobody can listen"
            )),
            "http" | "https" if is_host => Ok(()),
            _ => refused(format!("document_endpoint is `{endpoint}`: {example}")),
        }
    }

    /// How large documents may be, and how long they are kept.
    pub(crate) fn documents(&self) -> hosk_documents::Limits {
        hosk_documents::Limits {
            bytes: self.document_bytes,
            time_to_live: self.document_time_to_live.map(Duration::from_secs),
            ..hosk_documents::Limits::default()
        }
    }

    /// The bucket for documents, if there is one.
    pub(crate) fn bucket(&self) -> Result<Option<BucketSettings>, Failure> {
        let Some(bucket) = self.document_bucket.clone() else { return Ok(None) };
        Ok(Some(BucketSettings {
            id: self.document_store.clone().unwrap_or_else(|| bucket.clone()),
            region: self.document_region.clone(),
            prefix: self.document_prefix.clone(),
            access_key: self.document_access_key.clone().unwrap_or_default(),
            secret_key: self.bucket_key()?,
            path_style: self.document_path_style.unwrap_or(self.document_endpoint.is_some()),
            allow_http: self.document_allow_http,
            endpoint: self.document_endpoint.clone(),
            bucket,
        }))
    }

    fn bucket_key(&self) -> Result<String, Failure> {
        if let Some(Hidden(key)) = &self.document_secret_key {
            return Ok(key.clone());
        }
        let Some(file) = &self.document_secret_key_file else { return Ok(String::new()) };
        match std::fs::read_to_string(file) {
            Ok(key) if !key.trim().is_empty() => Ok(key.trim().to_owned()),
            Ok(_) => refused(format!(
                "document_secret_key_file: {} is empty: write the secret key into it",
                file.display()
            )),
            Err(error) => {
                refused(format!("document_secret_key_file: {} cannot be read: {error}", file.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ServeArgs;

    const FILES: &str = "document_bucket = \"files\"\ndocument_access_key = \"hosk\"\n";
    const KEY: &str = "document_secret_key = \"sesame-open\"\n";

    fn load(text: &str) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hosk.toml"), text).unwrap();
        Config::load(&ServeArgs { data: Some(folder.path().to_owned()), ..ServeArgs::default() })
    }

    #[test]
    fn a_bucket_is_named_with_its_keys_and_they_are_not_shown() {
        assert!(load("").unwrap().bucket().unwrap().is_none());
        let config = load(&format!("{FILES}{KEY}")).unwrap();
        let bucket = config.bucket().unwrap().unwrap();
        assert_eq!(
            (&*bucket.id, &*bucket.region, &*bucket.secret_key),
            ("files", "us-east-1", "sesame-open")
        );
        assert!(!bucket.path_style, "Amazon's own");
        assert_eq!(serde_json::to_value(&config).unwrap()["document_secret_key"], "***");
        assert!(!format!("{config:?}").contains("sesame"));
        let near = "document_endpoint = \"https://s3.example.com\"\ndocument_store = \"archive\"\ndocument_prefix = \"a/b\"\n";
        let bucket = load(&format!("{FILES}{KEY}{near}")).unwrap().bucket().unwrap().unwrap();
        assert!(bucket.path_style && bucket.id == "archive" && bucket.prefix == "a/b");
    }

    #[test]
    fn the_key_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let text = format!("{FILES}document_secret_key_file = {:?}\n", file.to_string_lossy());
        let refused = load(&text).unwrap().bucket().err().unwrap().to_string();
        assert!(refused.contains("cannot be read"), "{refused}");
        std::fs::write(&file, "sesame\n").unwrap();
        assert_eq!(load(&text).unwrap().bucket().unwrap().unwrap().secret_key, "sesame");
        std::fs::write(&file, "\n").unwrap();
        assert!(load(&text).unwrap().bucket().err().unwrap().to_string().contains("is empty"));
    }

    #[test]
    fn what_is_no_bucket_is_refused_with_what_to_do() {
        for (more, said) in [
            ("", "give the secret key"),
            ("document_secret_key = \"a\"\ndocument_secret_key_file = \"b\"\n", "not both"),
            (
                "document_secret_key = \"a\"\ndocument_endpoint = \"http://127.0.0.1:9000\"\n",
                "document_allow_http",
            ),
            (
                "document_secret_key = \"a\"\ndocument_endpoint = \"s3.example.com\"\n",
                "https://s3.example.com",
            ),
            (
                "document_secret_key = \"a\"\ndocument_endpoint = \"https://s3.example.com/files\"\n",
                "without the bucket",
            ),
            ("document_secret_key = \"a\"\ndocument_prefix = \"/a\"\n", "document_prefix"),
            ("document_secret_key = \"a\"\ndocument_prefix = \"a/../b\"\n", "document_prefix"),
            ("document_secret_key = \"a\"\ndocument_region = \"\"\n", "us-east-1"),
            ("document_secret_key = \"a\"\ndocument_store = \"database\"\n", "not `database`"),
            ("document_secret_key = \"a\"\ndocument_bytes = 60000000000\n", "at most 52428800000"),
        ] {
            let refused = load(&format!("{FILES}{more}")).unwrap_err().to_string();
            assert!(refused.contains(said), "{more}: {refused}");
        }
        for (text, said) in [
            (KEY, "document_bucket is missing"),
            ("document_bucket = \"files\"\n", "document_access_key"),
            ("document_bucket = \"https://x/y\"\n", "name of a bucket"),
        ] {
            let refused = load(text).unwrap_err().to_string();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
