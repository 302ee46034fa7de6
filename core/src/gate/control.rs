//! Kill switches and registered agents.

use super::{Gate, approvals};
use crate::audit::Entry;
use crate::registry::Agent;
use crate::store::{Kind, StoreError};
use crate::switch::Switch;

impl Gate {
    /// Turns a kill switch on; every process that shares the state sees it at its next call.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn kill(&self, switch: Switch) -> Result<Switch, StoreError> {
        let now = self.now();
        let switch = Switch { at: Some(now), ..switch };
        let id = switch.id();
        let document = approvals::document(&id, "", &switch, now)?;
        self.store()?.change(Kind::Switch, &id, &mut |_| Ok(Some(document.clone())))?;
        self.note_switch(&id, true, &switch);
        Ok(switch)
    }

    /// Turns a kill switch off, named by its [`Switch::id`]. Tells whether it was on.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn unkill(&self, id: &str) -> Result<bool, StoreError> {
        let mut was = None;
        self.store()?.change(Kind::Switch, id, &mut |before| {
            was = before.cloned();
            Ok(None)
        })?;
        let Some(before) = was else { return Ok(false) };
        self.note_switch(id, false, &approvals::parse(&before)?);
        Ok(true)
    }

    /// The kill switches that are on, oldest first.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn switches(&self) -> Result<Vec<Switch>, StoreError> {
        self.store()?.documents(Kind::Switch, None)?.iter().map(approvals::parse).collect()
    }

    /// Registers an agent, or replaces what is registered of it.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn register(&self, agent: &Agent) -> Result<(), StoreError> {
        let document = approvals::document(&agent.id, "", agent, self.now())?;
        self.store()?.change(Kind::Agent, &agent.id, &mut |_| Ok(Some(document.clone()))).map(drop)
    }

    /// A registered agent; nothing if there is none of that id.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn agent(&self, id: &str) -> Result<Option<Agent>, StoreError> {
        self.store()?.document(Kind::Agent, id)?.map(|document| approvals::parse(&document)).transpose()
    }

    /// All registered agents.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn agents(&self) -> Result<Vec<Agent>, StoreError> {
        self.store()?.documents(Kind::Agent, None)?.iter().map(approvals::parse).collect()
    }

    fn note_switch(&self, id: &str, is_on: bool, switch: &Switch) {
        let loaded = self.loaded.load();
        if let Some(sink) = &loaded.sink {
            let by = switch.by.as_deref().unwrap_or_default();
            let entry = Entry::kill_switch(id, is_on, by, switch.reason.as_deref(), &loaded.redactor);
            // The switch stands already, whether it can be told or not.
            let _ = sink.append(self.now(), &entry);
        }
    }
}
