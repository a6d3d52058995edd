//! Who may ask what: agencies, clients, procedures, agreements and officers as one immutable snapshot.
