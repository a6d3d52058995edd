//! Reading JSON so that every fault of a document is reported, each with its pointer.
