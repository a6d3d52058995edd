//! Why certificates, keys or authorities cannot be used, by the file's path and nothing it holds.

use std::path::PathBuf;

use crate::files;

/// Why TLS is not to be had with these files.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] files::Error),
    /// No certificate in it.
    #[error("`{}` holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// A certificate that is none.
    #[error("`{}` holds a certificate that cannot be read", .0.display())]
    Certificate(PathBuf),
    /// No key in it.
    #[error("`{}` holds no private key in PEM form", .0.display())]
    NoKey(PathBuf),
    /// A key that cannot be used.
    #[error("the private key in `{}` is of a kind that cannot be used", .0.display())]
    Key(PathBuf),
    /// The key is another's.
    #[error(
        "the private key in `{}` is not that of the first certificate in `{}`",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificates' file.
        certificate: PathBuf,
    },
    /// Replaced by what is over.
    #[error("a certificate in `{}` has expired", .0.display())]
    Expired(PathBuf),
    /// A certificate that signs for nobody.
    #[error("`{}` holds a certificate that cannot be an authority", .0.display())]
    Authority(PathBuf),
    /// The machine trusts nobody.
    #[error("the system has no certificates of authorities: name a file of them")]
    NoSystemAuthorities,
}
