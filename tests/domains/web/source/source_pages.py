# ruff: noqa: E501  # a page reads best unbroken
"""Pages, whole and broken: what the instrumentation must leave as it is."""

from __future__ import annotations

_CARD = """<div class="card"><h2>Alpine Backpack</h2><img src="rick.jpg" alt="Backpack" width=120 height=80>
<p>Light, <strong>tough</strong> and <em>ready</em>. <a href="#more">Read more</a></p>
<button type="button">Add to cart</button></div>"""
_STYLE = """<style>
:root { --accent: #205493 }
body { font: 16px/1.4 "Liberation Sans", sans-serif; margin: 24px; color: #222 }
.card { border: 1px solid #ccc; padding: 12px; width: 260px }
.card:has(> h2) h2 { color: var(--accent) }
@media (min-width: 600px) { .card { float: left; margin-right: 12px } }
a[href^="#"] { color: #b00; & :hover { color: red } }
:not([class])[title] { outline: 2px solid green }
p:first-child, td:nth-child(2) { background: #eef }
[data-src] { display: none }
</style>"""

PAGES: dict[str, str] = {
    "empty": "",
    "plain text": "I cannot draw this page, sorry.\nIt has < and & and > in it.",
    "cards": f"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>Shop</title>{_STYLE}"
    f"</head>\n<body>\n{_CARD}{_CARD}\n</body></html>\n",
    "quirks": f"<html><head>{_STYLE}</head><body><p>a<table border=1><tr><td>in p</table>{_CARD}",
    "limited quirks": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" '
    '"http://www.w3.org/TR/html4/loose.dtd"><p>a<table><tr><td>x</table>',
    "unclosed": f"<!doctype html>{_STYLE}<ul><li>one<li>two <b>bold<li>three</ul><p>a<p>b<dl><dt>t<dd>d",
    "stray ends": "</div></p><b>x</i></b></table>y</br></span></h1>z</p>",
    "misnested": "<p>1<b>2<i>3</b>4</i>5<b>6<p>7</b>8</p>9<a href=#>x<div>y<a href=#>z</div>",
    "noah": "<font size=+1><font size=+1><font size=+1><font size=+1><font size=+1>a<p>b<p>c</font>d",
    "noah with attributes": "<p><b class=x><b class=x><b class=x><b class=x><b id=y>1<p>2</b></b>3<p>4",
    "foster": "<table border=1>outside<b>bold<tr>more<td>cell<div>in</div></tr>after</table>behind",
    "foster forms": "<table><form><tr><td><input value=a></form><input type=hidden><select><tr><td>x</table>",
    "tables": "<table border=1><caption>C</caption><col><col style='background:#ddd'><thead><th>H<th>I"
    "<tbody><tr><td>1<td>2<tr><td colspan=2>3<tfoot><tr><td>f</table>",
    "template": "<template><tr><td>hid</td></tr><p>x</template><div><template><style>p{color:red}"
    "</style></template><p>seen</div>",
    "svg": '<svg viewBox="0 0 100 40" width=200><rect x=1 y=1 width=60 height=30 fill="#c33"/><g><text x=4 '
    "y=20>A&amp;B<tspan fill=red>c</tspan></text></g><linearGradient id=g /><foreignObject x=60 "
    "width=40 height=40><p>html <b>here</foreignObject><title><p>t</title></svg>after",
    "svg style": "<svg width=50 height=50><style>rect{fill:&#103;reen}<![CDATA[ circle>a{fill:red} ]]></style>"
    "<rect width=40 height=40 /></svg><div style='width:9px;height:9px;background:red'></div>",
    "svg breakout": "<svg><g><p>out</g>of svg</svg><svg><desc><div>in</desc><font color=red>x</svg><math>"
    "<mi>x<sup>2</mi><annotation-xml encoding='TEXT/html'><div>h</annotation-xml></math>",
    "cdata": "<svg><text y=20><![CDATA[<b>not a tag</b>]]></text></svg><p><![CDATA[<b>a tag</b>]]>",
    "comments": "<!-- <b>no</b> --><p>a<!--><i>yes</i><!---><u>yes</u><!-- --!><s>yes</s><!- <b>x --><p>"
    "<!--<!--><b>yes</b><? <i>no</i> ?></3 <b>>t",
    "raw text": "<title><b>t</title><textarea><p>&lt;a</textarea><xmp><b>x</b>&amp;</xmp><style>b{content:'<p>'}"
    "</style><iframe><b></iframe><noembed><b>n</noembed><noframes><i>f</noframes>end",
    "scripts": "<script>var a='<p>x</p>';<!--<script></script>--></script><p>a<script><!-- </script><b>b"
    "<script><!--<script></script x><p>in script</script>--></script><i>c",
    "noscript": "<head><noscript><style>p{color:green}</style><link href=x></noscript></head><p>p<noscript>"
    "<b>no scripts</b> <i>here</i></noscript>",
    "noscript in head ends it": "<head><noscript><p>para</noscript><title>t</title>",
    "plaintext": "<p>a<plaintext><b>b</plaintext>c<table>",
    "attributes": """<p title="<b>a>b</b>" class='"' id=a=b data-x=`y` a"b='c>' =d e= f=g/>one</p><p class=a
class=b CLASS=c/ id="x"id=y>two<a href=/x/>three</a><img/alt=z/src=q><div"x">named</div"x"><p/x/y/>""",
    "self closing": "<div/>a<span/>b<br/><p/>c<svg><g/><circle r=9 /></svg><script/>x</script><b/ />d<a/>e",
    "nul": "<p\0q>a\0b</p\0q><p title='\0\0'>c<!-- \0 --><svg><text y=20>\0d</text></svg><table>\0<tr><td>e\0",
    "carriage returns": "<!doctype html>\r\n<p\r\nclass=a\rid=b>one\r\ntwo\r</p\r>\r<pre>\r\n x\r y\r\n</pre>",
    "byte order mark": "\ufeff<!DOCTYPE html><p>a<table><tr><td>no quirks</table>",
    "form feeds": "<p\fclass='a'\f>x<style>\fp\f{color\f:red}\f</style>",
    "ends": "<p>a</p></body>b</html><p>c</body><!-- x --></html> \n<p>d",
    "second html and body": "<p>a<html lang=de class=k><body style='color:#00f' bgcolor=yellow>b<body id=q>",
    "frameset": "<html><frameset cols='50%,*'><frame src=a><frame src=b><noframes><p>n</noframes></frameset>",
    "frameset too late": "<p>a<frameset><frame></frameset>b",
    "selects": "<select><option>a<option selected>b<optgroup label=g><option>c</select><select><p>x<b>y<div>z"
    "<input value=out><select><option>q<select>r",
    "buttons": "<button>a<button>b<p>c</button>d<form><form><div></form>x</div></form>",
    "cut in tag": "<p>a<b>b<a href='x",
    "cut in name": "<p>a<b>b</b><di",
    "cut in comment": "<p>a<!-- b <i>c</i>",
    "cut in style": "<style>p{color:red}b{col",
    "cut in less": "<p>a<",
    "ruby": "<ruby>漢<rp>(<rt>kan<rp>)字<rt>ji</ruby><ruby><rb>a<rtc><rt>b</ruby>",
    "outside the plane": "<p title='😀'>😀<b 😀=1>b</b><style>p::before{content:'😀'}</style><😀>",
    "headings": "<h1>a<h2>b</h1>c</h2><address><p>x<center>y</address>z<hr><li>w<nobr>n<nobr>m</nobr>",
    "objects": "<object><b>x<p>y</object>z<marquee scrollamount=0><i>q</marquee>r<applet>s</applet>",
    "image": "<image src=rick.jpg alt=x><isindex prompt=p><keygen><wbr>a<details open><summary>s</summary>t",
    "ligatures": "<p>K<STYLE>p{color:red}</\u017fTYLE></style><\u017ftyle>x",
    "deep": "<div>" * 1200 + "<p>deep" + "<span>" * 600 + "x",
}
