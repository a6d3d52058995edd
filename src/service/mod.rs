//! The verbs, one file a use case: authorise, read, judge, record, answer.
