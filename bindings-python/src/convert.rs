//! Turns Python's plain values into the core's, and the core's into Python's.
//!
//! Only exact types are read: `dict` with text keys, `list`, `tuple`, `str`, `int`, `float`, `bool` and `None`. A
//! subclass could answer one thing here and another to the tool, so it is refused, as is everything else, with its
//! place. What comes out is a copy that nothing in Python can change.

// Reading through the C interface takes a third of what the safe one does, in the path of every tool call.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::sync::Arc;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};
use toolgate::error::{CallError, Code};
use toolgate::limits::{ARGS_BYTES_MAX, ARGS_DEPTH_MAX};
use toolgate::{Map, ToolCall, Value};

/// The arguments of a call: an exact `dict`, JSON text of an object, or `None`.
pub(crate) fn arguments(object: &Bound<'_, PyAny>) -> Result<Map, CallError> {
    if object.is_none() {
        return Ok(Map::default());
    }
    if let Ok(json) = object.cast_exact::<PyString>() {
        let text = json
            .to_str()
            .map_err(|_| CallError::new(Code::CallUnsupportedValue, "`args` has a lone surrogate, so it is no text"))?;
        return Ok(ToolCall::from_json("", text)?.args);
    }
    match value(object, "args")? {
        Value::Map(map) => Ok(map),
        other => {
            Err(CallError::new(Code::CallMalformedArgs, format!("the arguments are {}, not an object", other.kind())))
        }
    }
}

/// Text, such as a tool's name.
pub(crate) fn text(object: &Bound<'_, PyAny>, name: &'static str) -> Result<Arc<str>, CallError> {
    match value(object, name)? {
        Value::String(text) => Ok(text),
        other => Err(CallError::new(Code::CallMalformedArgs, format!("`{name}` is {}, not text", other.kind()))),
    }
}

/// A list or tuple of texts.
pub(crate) fn texts(object: &Bound<'_, PyAny>, name: &'static str) -> Result<Vec<Arc<str>>, CallError> {
    let wrong = || CallError::new(Code::CallMalformedArgs, format!("`{name}` is not a list of texts"));
    let read = value(object, name)?;
    read.as_list().ok_or_else(wrong)?.iter().map(|item| item.as_str().map(Arc::from).ok_or_else(wrong)).collect()
}

/// Any plain value; `name` is what messages call it.
pub(crate) fn value(object: &Bound<'_, PyAny>, name: &'static str) -> Result<Value, CallError> {
    let mut reader = Reader { py: object.py(), bytes_left: ARGS_BYTES_MAX };
    // SAFETY: `object` lives as long as this call, and with it what it refers to; see `Reader`.
    unsafe { reader.value(object.as_ptr(), 0) }.map_err(|fault| (*fault).told(name))
}

/// A value as Python shows it: mappings as `dict`, lists as `list`.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Int(number) => PyInt::new(py, *number).into_any(),
        Value::Float(number) => PyFloat::new(py, *number).into_any(),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::List(items) => {
            let list = PyList::empty(py);
            items.iter().try_for_each(|item| list.append(to_python(py, item)?))?;
            list.into_any()
        }
        Value::Map(map) => map_to_python(py, map)?.into_any(),
    })
}

/// A mapping as a `dict`.
pub(crate) fn map_to_python<'py>(py: Python<'py>, map: &Map) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    map.iter().try_for_each(|(key, value)| dict.set_item(&**key, to_python(py, value)?))?;
    Ok(dict)
}

/// Reads one object, with all that it refers to.
///
/// Why its borrowed references stay good: only exact built-in types are looked into, so no Python code runs and the
/// interpreter stays locked while a container is read; nothing can change or free what it holds. Python code may run
/// once a [`Fault`] is being made, and from there on no object is touched again.
struct Reader<'py> {
    py: Python<'py>,
    bytes_left: usize,
}

fn enter(level: usize) -> Read<()> {
    if level > ARGS_DEPTH_MAX {
        return Err(Fault::new(Code::CallArgsTooDeep, format!("is nested deeper than {ARGS_DEPTH_MAX} levels")));
    }
    Ok(())
}

/// What cannot be read, and where: the innermost step comes first.
struct Fault {
    code: Code,
    message: String,
    trail: Vec<String>,
}

// In a box, so that the usual result is no larger than a value.
type Read<T> = Result<T, Box<Fault>>;

impl Reader<'_> {
    /// # Safety
    /// `object` is alive, and so is what it refers to, for the time of the call.
    unsafe fn value(&mut self, object: *mut ffi::PyObject, level: usize) -> Read<Value> {
        // Every value counts, so that a list which refers to one empty text over and over ends too.
        self.spend(8)?;
        unsafe {
            let kind = ffi::Py_TYPE(object);
            if kind == &raw mut ffi::PyUnicode_Type {
                self.text(object).map(Value::String)
            } else if kind == &raw mut ffi::PyLong_Type {
                self.whole_number(object)
            } else if kind == &raw mut ffi::PyDict_Type {
                self.mapping(object, level + 1).map(Value::Map)
            } else if kind == &raw mut ffi::PyList_Type {
                self.items(ffi::PyList_Size(object), level + 1, |index| ffi::PyList_GetItem(object, index))
            } else if kind == &raw mut ffi::PyTuple_Type {
                self.items(ffi::PyTuple_Size(object), level + 1, |index| ffi::PyTuple_GetItem(object, index))
            } else if kind == &raw mut ffi::PyBool_Type {
                Ok(Value::Bool(object == ffi::Py_True()))
            } else if kind == &raw mut ffi::PyFloat_Type {
                self.number(object)
            } else if object == ffi::Py_None() {
                Ok(Value::Null)
            } else {
                Err(self.unsupported(object))
            }
        }
    }

    /// # Safety
    /// `object` is an exact, living `str`.
    unsafe fn text(&mut self, object: *mut ffi::PyObject) -> Read<Arc<str>> {
        // A text has at least as many bytes as characters; the check comes first because encoding takes memory.
        let characters = unsafe { ffi::PyUnicode_GetLength(object) };
        if usize::try_from(characters).is_ok_and(|characters| characters > self.bytes_left) {
            return Err(too_large());
        }
        let mut size: ffi::Py_ssize_t = 0;
        let data = unsafe { ffi::PyUnicode_AsUTF8AndSize(object, &raw mut size) };
        if data.is_null() {
            drop(PyErr::take(self.py));
            return Err(Fault::new(Code::CallUnsupportedValue, "has a lone surrogate, so it is no text"));
        }
        let size = usize::try_from(size).unwrap_or_default();
        self.spend(size)?;
        // SAFETY: Python keeps this UTF-8 form, of `size` bytes, as long as the object lives.
        let text = unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(data.cast::<u8>(), size)) };
        Ok(Arc::from(text))
    }

    /// # Safety
    /// `object` is an exact, living `int`.
    unsafe fn whole_number(&mut self, object: *mut ffi::PyObject) -> Read<Value> {
        let mut overflow: c_int = 0;
        let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(object, &raw mut overflow) };
        if overflow == 0 {
            Ok(Value::Int(number))
        } else {
            Err(Fault::new(Code::CallNumberOutOfRange, "does not fit in 64 bits"))
        }
    }

    /// # Safety
    /// `object` is an exact, living `float`.
    unsafe fn number(&mut self, object: *mut ffi::PyObject) -> Read<Value> {
        let number = unsafe { ffi::PyFloat_AsDouble(object) };
        if number.is_finite() {
            Ok(Value::Float(number))
        } else {
            Err(Fault::new(Code::CallNumberOutOfRange, "is not a finite number"))
        }
    }

    /// # Safety
    /// `object` is an exact, living `dict`.
    unsafe fn mapping(&mut self, object: *mut ffi::PyObject, level: usize) -> Read<Map> {
        enter(level)?;
        let size = usize::try_from(unsafe { ffi::PyDict_Size(object) }).unwrap_or_default();
        let mut pairs = Vec::with_capacity(size.min(self.bytes_left));
        let (mut position, mut key, mut item) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: nothing changes the mapping between two steps; see the type.
        while unsafe { ffi::PyDict_Next(object, &raw mut position, &raw mut key, &raw mut item) } != 0 {
            if unsafe { ffi::Py_TYPE(key) } != &raw mut ffi::PyUnicode_Type {
                let kind = unsafe { self.kind(key) };
                return Err(Fault::new(
                    Code::CallUnsupportedValue,
                    format!("has a key of type `{kind}`; keys must be text"),
                ));
            }
            let name = unsafe { self.text(key) }?;
            match unsafe { self.value(item, level) } {
                Ok(value) => pairs.push((name, value)),
                Err(fault) => return Err(fault.under(&name)),
            }
        }
        Map::from_pairs(pairs).map_err(|error| Fault::new(error.code, error.message))
    }

    /// # Safety
    /// `item` gives a living object for every index below `size`.
    unsafe fn items(
        &mut self,
        size: ffi::Py_ssize_t,
        level: usize,
        item: impl Fn(ffi::Py_ssize_t) -> *mut ffi::PyObject,
    ) -> Read<Value> {
        enter(level)?;
        let mut items = Vec::with_capacity(usize::try_from(size).unwrap_or_default().min(self.bytes_left));
        for index in 0..size {
            items.push(unsafe { self.value(item(index), level) }.map_err(|fault| fault.at(index))?);
        }
        Ok(Value::List(items.into()))
    }

    fn spend(&mut self, bytes: usize) -> Read<()> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }

    /// # Safety
    /// `object` is alive.
    unsafe fn unsupported(&self, object: *mut ffi::PyObject) -> Box<Fault> {
        let kind = unsafe { self.kind(object) };
        Fault::new(
            Code::CallUnsupportedValue,
            format!("is of type `{kind}`, which cannot be guarded; convert it to text first"),
        )
    }

    /// The name of an object's type. A metaclass may run code for it.
    ///
    /// # Safety
    /// `object` is alive.
    unsafe fn kind(&self, object: *mut ffi::PyObject) -> String {
        // From here on the object is ours, whatever that code does.
        let object = unsafe { Bound::from_borrowed_ptr(self.py, object) };
        let name = object.get_type().name().map(|name| name.to_string_lossy().into_owned());
        clipped(&name.unwrap_or_else(|_| "object".to_owned()))
    }
}

impl Fault {
    fn new(code: Code, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { code, message: message.into(), trail: Vec::new() })
    }

    fn under(mut self: Box<Fault>, key: &str) -> Box<Fault> {
        let plain =
            !key.is_empty() && key.len() <= NAME_CHARACTERS_MAX && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        self.trail.push(if plain { format!(".{key}") } else { format!("[\"{}\"]", clipped(key)) });
        self
    }

    fn at(mut self: Box<Fault>, index: ffi::Py_ssize_t) -> Box<Fault> {
        self.trail.push(format!("[{index}]"));
        self
    }

    fn told(self, name: &str) -> CallError {
        let trail = match self.code {
            // The place would be as deep as the fault; it says nothing.
            Code::CallArgsTooDeep | Code::CallArgsTooLarge => String::new(),
            _ => self.trail.iter().rev().map(String::as_str).collect(),
        };
        CallError::new(self.code, format!("`{name}{trail}` {}", self.message))
    }
}

fn too_large() -> Box<Fault> {
    Fault::new(Code::CallArgsTooLarge, "is larger than 1 MiB")
}

/// Characters of a name that messages show.
const NAME_CHARACTERS_MAX: usize = 64;

fn clipped(name: &str) -> String {
    name.chars().take(NAME_CHARACTERS_MAX).flat_map(char::escape_debug).collect()
}
