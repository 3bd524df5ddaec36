//! Reading variables and keeping what is wrong with them.

/// Reads variables one by one; a wrong one is noted and the reading goes on, so that one start shows every problem.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

/// Understands the text of a variable; the error says what is wrong with it.
type Parse<T> = fn(&str) -> Result<T, &'static str>;

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Reader { lookup, problems: Vec::new() }
    }

    /// The value without surrounding space; `None` when empty.
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    pub(super) fn optional<T>(&mut self, name: &str, what: &str, parse: Parse<T>) -> Option<T> {
        let text = self.text(name)?;
        // The value is not shown: it may hold a secret, also by mistake.
        parse(&text).map_err(|wrong| self.problems.push(format!("{name} is wrong: {wrong}; give {what}"))).ok()
    }

    pub(super) fn require<T>(&mut self, name: &str, what: &str, parse: Parse<T>) -> Option<T> {
        if !self.is_set(name) {
            self.problems.push(format!("{name} is not set: give {what}"));
        }
        self.optional(name, what, parse)
    }

    /// What was wrong.
    pub(super) fn finish(self) -> Vec<String> {
        self.problems
    }
}
