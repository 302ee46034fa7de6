//! Copies the containers of a call's arguments, so that the tool gets exactly what was decided about.
//!
//! The copy keeps what a decision does not look at: the order of keys, and whether a sequence is a tuple.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use toolgate::limits::{ARGS_BYTES_MAX, ARGS_DEPTH_MAX};

/// A copy of `object` with all its plain containers. What is no plain container is shared: a plain value cannot
/// change, and a call with any other is refused when it is read.
pub(crate) fn take<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let mut copier = Copier { left: ARGS_BYTES_MAX };
    Ok(copier.copy(object, 0)?.unwrap_or_else(|| object.clone()))
}

struct Copier {
    /// Values that may still be looked at. A call with more is refused when it is read.
    left: usize,
}

impl Copier {
    /// `None` if there is nothing in `object` that could change.
    fn copy<'py>(&mut self, object: &Bound<'py, PyAny>, level: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.left == 0 || level > ARGS_DEPTH_MAX {
            return Ok(None);
        }
        self.left -= 1;
        if let Ok(dict) = object.cast_exact::<PyDict>() {
            self.mapping(dict, level + 1).map(|copy| Some(copy.into_any()))
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            self.list(list, level + 1).map(|copy| Some(copy.into_any()))
        } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            self.tuple(tuple, level + 1)
        } else {
            Ok(None)
        }
    }

    /// The whole first and the parts then, here and below: no other thread comes in between.
    fn mapping<'py>(&mut self, dict: &Bound<'py, PyDict>, level: usize) -> PyResult<Bound<'py, PyDict>> {
        let copy = dict.copy()?;
        for (key, item) in copy.iter() {
            if let Some(item) = self.copy(&item, level)? {
                copy.set_item(key, item)?;
            }
        }
        Ok(copy)
    }

    fn list<'py>(&mut self, list: &Bound<'py, PyList>, level: usize) -> PyResult<Bound<'py, PyList>> {
        let copy = list.get_slice(0, list.len());
        for (index, item) in copy.iter().enumerate() {
            if let Some(item) = self.copy(&item, level)? {
                copy.set_item(index, item)?;
            }
        }
        Ok(copy)
    }

    fn tuple<'py>(&mut self, tuple: &Bound<'py, PyTuple>, level: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut changed = false;
        let mut items = Vec::with_capacity(tuple.len());
        for item in tuple.iter() {
            let copy = self.copy(&item, level)?;
            changed |= copy.is_some();
            items.push(copy.unwrap_or(item));
        }
        if changed { Ok(Some(PyTuple::new(tuple.py(), items)?.into_any())) } else { Ok(None) }
    }
}
