import{a as t}from"./chunks/chunk-ZCGUCDKH.js";import"./chunks/chunk-MYN2RQWK.js";var e=document.getElementById("rehearsed");e&&t(e.dataset.pack,JSON.parse(e.textContent));
