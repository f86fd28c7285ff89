from __future__ import annotations
from tests.cli.conftest import *
def test_smoke(linli, homes):
    v=homes["village"]
    def L(*w, home=v, code=0):
        r=linli(*w, home=home, code=None); print("$ linli", *w, "->", r.exit_code); print(r.stdout); print("ERR:", r.stderr); 
        if r.exception and not isinstance(r.exception, SystemExit):
            import traceback; traceback.print_exception(r.exception)
        return r
    p=L("person","add","王桂兰","--phone","13812345678","--group","低保","--group","独居","--id-number","11010519491231002X").stdout.strip()
    w=L("worker","add","李秀英").stdout.strip()
    f=L("facility","add","南大街幸福食堂","--kind","社区食堂","--service","堂食").stdout.strip()
    L("facility","service","add","南大街幸福食堂","送餐")
    L("facility","meals","南大街幸福食堂","35")
    L("facility","list"); L("facility","show",f[-8:])
    vis=L("visit","add","王桂兰","--worker","李秀英","--service","助洁-居室","--start","2026-11-22 09:30","--minutes","60","--fee","50").stdout.strip()
    L("visit","list","--ticks"); L("visit","show",vis[-8:])
    L("visit","correct",vis[-8:],"minutes","45","fee","40","--reason","录错时间")
    L("visit","show",vis[-8:]); L("visit","show",vis[-8:],"--json")
    L("status")
    meet(homes)
    L("status"); L("status","--json"); L("person","show",p)
    L("person","show",p,home=homes["county"])
    L("person","set",p,"phone","13811111111"); L("person","set",p,"phone","13822222222",home=homes["township"])
    L("person","set",p,"care_grade","半护理"); L("person","set",p,"care_grade","全护理",home=homes["county"])
    c=L("case","open","王桂兰","--item","4","--item","12").stdout.strip()
    L("case","advance",c); L("case","advance",c); L("case","advance",c); L("case","show",c); L("case","list")
    meet(homes)
    L("conflict","list"); L("conflict","show",p[-8:]); L("conflict","list","--json"); L("conflict","resolve",p[-8:],"phone","--take","2"); L("conflict","list")
    L("digest"); L("digest","--json"); L("digest","--dump","南大街村/care"); L("doctor","--rebuild"); L("doctor","--rebuild", home=homes["county"])
    L("person","list"); L("person","list","--json"); L("case","stop",c,"户主放弃"); L("case","show",c,"--json"); L("person","show","王")
    L("visit","void",vis[-8:],"--reason","录错对象"); L("visit","list","--at","赤城镇")
    assert 0
