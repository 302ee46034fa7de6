//! The canonical action types: which family each belongs to, how dangerous it is, and what its arguments mean.

use std::fmt;

/// The family an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Running programs.
    Shell,
    /// Running code in a language.
    Code,
    /// Files and directories.
    File,
    /// Web requests.
    Http,
    /// Databases.
    Sql,
    /// Money.
    Payment,
    /// Words to people.
    Message,
    /// Calendars.
    Calendar,
    /// What an agent remembers.
    Memory,
    /// Calls of language models.
    Llm,
    /// Cloud resources.
    Cloud,
    /// Version control and its hosts.
    Vcs,
    /// A browser or desktop driven by an agent.
    Browser,
    /// Anything else.
    Other,
}

impl Category {
    /// All categories.
    pub const ALL: [Category; 14] = [
        Category::Shell,
        Category::Code,
        Category::File,
        Category::Http,
        Category::Sql,
        Category::Payment,
        Category::Message,
        Category::Calendar,
        Category::Memory,
        Category::Llm,
        Category::Cloud,
        Category::Vcs,
        Category::Browser,
        Category::Other,
    ];

    /// The word for it in policies and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Shell => "shell",
            Category::Code => "code",
            Category::File => "file",
            Category::Http => "http",
            Category::Sql => "sql",
            Category::Payment => "payment",
            Category::Message => "message",
            Category::Calendar => "calendar",
            Category::Memory => "memory",
            Category::Llm => "llm",
            Category::Cloud => "cloud",
            Category::Vcs => "vcs",
            Category::Browser => "browser",
            Category::Other => "other",
        }
    }

    /// Reads the word for a category.
    pub fn parse(word: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.as_str() == word)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
