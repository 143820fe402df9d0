"""A page's text: its elements and its CSS, each with its place. Pure Python, no browser.

In the order of the data:

    tokens        the HTML standard's tokenizer
    construction, body, tables, modes (on stack and names)
                  its tree construction, without a tree: which elements are open
    html          tags and style elements, with their spans
    css           rules and declarations (on css_tokens; excerpt maps decoded text to the source)
    instrument    the page with an attribute in every start tag
    language      the statements of a page; encoding: the text of a file
"""
