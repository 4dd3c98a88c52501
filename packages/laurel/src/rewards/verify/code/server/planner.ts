/**
 * The planner: reads assertions and separates what the candidate's process may see from what it must not.
 *
 * It is a process of its own inside the sandbox's namespaces; it parses and folds constants, runs no test and forks no candidate.
 * An assertion of the form `call == constant` becomes an expression for the candidate's process and an expected value for
 * the parent; anything else is left whole for the driver.
 */
export const plannerSource = `
import math

CONVERSIONS = {"sorted", "set", "list", "tuple", "len", "round", "str", "float", "int", "sum", "dict", "frozenset", "max", "min", "repr"}
FOLDED = {"float": float, "int": int, "set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict,
    "range": range, "sorted": sorted, "complex": complex, "len": len, "abs": abs, "round": round, "str": str, "bytes": bytes}
NUMBERS = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e, "tau": math.tau}

class NotConstant(Exception):
    pass

def sized(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return value.bit_length()
    return len(value) if hasattr(value, "__len__") else 1

def fold(node):
    """The value of an expression of literals; raises NotConstant for anything else or anything large."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        items = [fold(item) for item in node.elts]
        return tuple(items) if isinstance(node, ast.Tuple) else items if isinstance(node, ast.List) else set(items)
    if isinstance(node, ast.Dict):
        if any(key is None for key in node.keys):
            raise NotConstant()
        return {fold(key): fold(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.UnaryOp):
        value = fold(node.operand)
        if isinstance(node.op, ast.USub): return -value
        if isinstance(node.op, ast.UAdd): return +value
        if isinstance(node.op, ast.Not): return not value
        return ~value
    if isinstance(node, ast.BinOp):
        left, right = fold(node.left), fold(node.right)
        numbers = isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex))
        if isinstance(node.op, ast.Pow):
            if not numbers or isinstance(left, int) and (abs(right) > 100000 or sized(left) * abs(right) > 100000): raise NotConstant()
            return left ** right
        if isinstance(node.op, ast.Mult):
            if not numbers and sized(left) * max(1, abs(right) if isinstance(right, int) else 1) > 1000000: raise NotConstant()
            if not numbers and isinstance(left, int) and abs(left) * sized(right) > 1000000: raise NotConstant()
            return left * right
        if isinstance(node.op, ast.Add): return left + right
        if isinstance(node.op, ast.Sub): return left - right
        if isinstance(node.op, ast.Div): return left / right
        if isinstance(node.op, ast.FloorDiv): return left // right
        if isinstance(node.op, ast.Mod):
            if not numbers: raise NotConstant()
            return left % right
        raise NotConstant()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FOLDED and not node.keywords:
        values = [fold(argument) for argument in node.args]
        if node.func.id in ("range", "bytes") and any(not isinstance(v, int) or abs(v) > 1000000 for v in values): raise NotConstant()
        return FOLDED[node.func.id](*values)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("math", "np", "numpy") and node.attr in NUMBERS:
        return NUMBERS[node.attr]
    raise NotConstant()

def constant(node):
    """(True, value) for a constant expression that can be sent, (False, None) for any other."""
    try:
        value = fold(node)
        form = encode(value)
        return (form[0] != "o", value)
    except RecursionError:
        raise
    except Exception:
        return (False, None)

def sendable(node):
    """May this expression be evaluated beside the candidate without giving its own verdict there?"""
    if isinstance(node, ast.Lambda) or constant(node)[0]:
        return True
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name)
        if named and hasattr(builtins, node.func.id) and node.func.id not in CONVERSIONS: return False
        if not (named or isinstance(node.func, ast.Attribute) and sendable(node.func.value)): return False
        return all(sendable(argument) for argument in node.args) and all(sendable(k.value) for k in node.keywords)
    if isinstance(node, ast.Name): return True
    if isinstance(node, (ast.Attribute, ast.Starred)): return sendable(node.value)
    if isinstance(node, ast.Subscript): return sendable(node.value) and (constant(node.slice)[0] or isinstance(node.slice, ast.Slice))
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)): return all(sendable(item) for item in node.elts)
    return False

def calls_something(node):
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node)) and not constant(node)[0]

OPERATORS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

def close_pair(left, right):
    """(expression, centre) of two operands of which exactly one is a number."""
    for expression, other in ((left, right), (right, left)):
        found, value = constant(other)
        if found and type(value) in (int, float) and not constant(expression)[0]:
            return expression, value
    return None

def simple(test):
    """The checks of one condition, or None if it is none of the separable forms."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [simple(value) for value in test.values]
        return None if any(part is None for part in parts) else [step for part in parts for step in part]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        if calls_something(test.operand) and sendable(test.operand):
            return [{"eval": ast.unparse(test.operand), "op": "falsy"}]
        return None
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        op, left, right = OPERATORS[type(test.ops[0])], test.left, test.comparators[0]
        if op in ("<", "<=") and isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "abs" and len(left.args) == 1 and isinstance(left.args[0], ast.BinOp) and isinstance(left.args[0].op, ast.Sub):
            pair, (found, bound) = close_pair(left.args[0].left, left.args[0].right), constant(right)
            if pair and found and calls_something(pair[0]) and sendable(pair[0]):
                return [{"eval": ast.unparse(pair[0]), "op": "within" if op == "<=" else "closer", "expected": encode(pair[1]), "bound": float(bound)}]
            return None
        found, value = constant(right)
        expression = left
        if not found and op in MIRRORED:
            found, value = constant(left)
            expression, op = right, MIRRORED[op]
        if not found or not calls_something(expression) or not sendable(expression): return None
        return [{"eval": ast.unparse(expression), "op": op, "expected": encode(value)}]
    if isinstance(test, ast.Call):
        name = ast.unparse(test.func)
        if name in ("math.isclose", "isclose") and len(test.args) == 2 and all(k.arg in ("rel_tol", "abs_tol") and constant(k.value)[0] for k in test.keywords):
            pair = close_pair(test.args[0], test.args[1])
            if pair and calls_something(pair[0]) and sendable(pair[0]):
                given = {k.arg: float(fold(k.value)) for k in test.keywords}
                return [{"eval": ast.unparse(pair[0]), "op": "isclose", "expected": encode(pair[1]), "relative": given.get("rel_tol", 1e-9), "absolute": given.get("abs_tol", 0.0)}]
            return None
        if sendable(test):
            return [{"eval": ast.unparse(test), "op": "truthy"}]
    return None

def is_note(node):
    return isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

class Renamed(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new
    def visit_Name(self, node):
        return ast.copy_location(ast.Name(self.new, node.ctx), node) if node.id == self.old else node

def flattened(body):
    """The HumanEval form, a function check(candidate) of assertions and its call, as plain assertions."""
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    out = []
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            continue
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "METADATA":
            continue
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check" and "check" in functions:
            check_function = functions["check"]
            names = [argument.arg for argument in check_function.args.args]
            if len(names) != 1 or len(call.args) != 1 or not isinstance(call.args[0], ast.Name): return None
            out += [Renamed(names[0], call.args[0].id).visit(inner) for inner in check_function.body]
            continue
        out.append(node)
    return out

def plan_one(code):
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"bad": describe(error)["message"]}
    try:
        body, steps, checks = flattened(tree.body), [], 0
        for node in body or []:
            if is_note(node): continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                steps.append({"exec": ast.unparse(node)})
                continue
            found = simple(node.test) if isinstance(node, ast.Assert) else None
            if found is None: return {"drive": code}
            steps += found
            checks += len(found)
        return {"steps": steps} if checks else {"drive": code}
    except RecursionError:
        return {"drive": code}

def plan_forever(control):
    while True:
        body = read_frame(control)
        if body is None:
            return
        write_frame(control, [plan_one(code) for code in json.loads(body)])
`;
